"""REST: one router per noun, under /api/v1. (Design section 6.)"""
