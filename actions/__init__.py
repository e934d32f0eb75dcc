"""The verbs. Each is one transaction: the rows it changes and the event that tells of it."""
