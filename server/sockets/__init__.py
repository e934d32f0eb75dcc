"""Two socket doors, Socket.IO and plain WebSocket, with the same handlers behind both."""
