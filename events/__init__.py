"""What happened: typed events, the log that numbers them, the bus that hints at them."""
