"""Who hears it, now: who may join a room, who is in it, and the fan-out to their sockets."""
