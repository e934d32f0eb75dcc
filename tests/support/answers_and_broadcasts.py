"""A server that follows each answer with a broadcast: on either event loop, with TLS or without.

It is the ordinary server with one event more in the own room of whoever has been answered, made in
the same turn. ROOMCAST_TEST_LOOP is `uvloop` or `asyncio`; ROOMCAST_TEST_CERTIFICATE is a file.
"""

import os
import socket
from typing import Any
from uuid import uuid4

from events.log import LoggedEvent
from events.names import user_room
from server.serve import DrainingServer, server_config
from server.settings import Settings
from server.sockets.connection import ClientConnection
from server.sockets.desk import Message
from server.wiring import House


def follow_answers(house: House) -> None:
    """After each answer, deliver an event that the log does not have."""
    reception = house.plain_door.reception
    hear = reception.hear

    async def hear_and_tell(connection: ClientConnection, message: Message) -> None:
        await hear(connection, message)
        room = house.rooms.get(user_room(connection.user_id))
        if room and room.delivered is not None and not connection.closed:
            house.fanout.hint(next_event(room.name, room.delivered + 1))

    reception.hear = hear_and_tell  # type: ignore[method-assign]


def next_event(room: str, seq: int) -> LoggedEvent:
    state = {"type": "milestone_changed", "title": "x" * (seq % 200)}
    return LoggedEvent(room, seq, str(uuid4()), "milestone_updated", state, None, None, (), {})


def main() -> None:
    settings = Settings()
    house = House(settings)
    follow_answers(house)
    config = server_config(house, on_death=lambda: os._exit(1))
    loop: Any = os.environ["ROOMCAST_TEST_LOOP"]
    config.loop = loop
    if certificate := os.environ.get("ROOMCAST_TEST_CERTIFICATE"):
        config.ssl_certfile = certificate
    listener = socket.create_server((settings.host, settings.port))
    DrainingServer(config, house.drain, settings.shutdown_timeout).run(sockets=[listener])


if __name__ == "__main__":
    main()
