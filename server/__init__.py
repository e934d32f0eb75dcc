"""The doors: HTTP, Socket.IO, plain WebSocket and the command line. Everything is wired here."""
