"""The tables and their refusals, and the one way to change them: `transaction()`."""
