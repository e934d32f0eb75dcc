"""Roomcast as it is wired for everybody, and a door that gives its rooms the next event.

Such an event goes the real road (hint, deliver, frame, sockets), without the log, as the peers'
have none. Settings as ever: ROOMCAST_* in the environment.
"""

import os
import socket
import sys
from uuid import uuid4

from benchmarks.frames import state
from benchmarks.servers.emit import with_emit
from events.log import LoggedEvent
from events.names import project_room
from server.logs import configure_logs
from server.serve import DrainingServer, server_config, spare_the_collector
from server.settings import Settings
from server.wiring import House


def main() -> None:
    """Serve until stopped."""
    settings = Settings()
    configure_logs(settings.log_level)
    house = House(settings)
    config = server_config(house, on_death=lambda: sys.exit(1))

    async def emit(project: int, count: int) -> None:
        for _ in range(count):
            house.fanout.hint(next_event(house, project))

    config.app = with_emit(config.app, emit)  # type: ignore[arg-type] # an ASGI app by now
    spare_the_collector()
    with socket.create_server((settings.host, settings.port)) as listener:
        if send_buffer := os.environ.get("SEND_BUFFER"):  # accepted sockets inherit it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, int(send_buffer))
        DrainingServer(config, house.drain, settings.shutdown_timeout).run(sockets=[listener])


def next_event(house: House, project: int) -> LoggedEvent:
    """A milestone was changed; nobody is interrupted by it."""
    name = project_room(project)
    room = house.rooms.get(name)
    return LoggedEvent(
        room=name,
        seq=(room.delivered or 0) + 1 if room else 1,
        event_id=str(uuid4()),
        type="milestone_updated",
        state={**state(), "project_id": project},
        notice=None,
        exclude_user=None,
        concerns=(),
        facts={},
    )


if __name__ == "__main__":
    main()
