"""Watching projects. (Seed 003: silent on success, unless an acknowledgement is asked for.)"""

from server.sockets.connection import ClientConnection
from server.sockets.desk import Desk, Reply
from server.sockets.inbound import SubscribeProject, UnsubscribeProject


async def subscribe_project(
    desk: Desk, connection: ClientConnection, frame: SubscribeProject, reply: Reply
) -> None:
    await desk.doorkeeper.subscribe(connection, frame.project_id, frame.since, reply)


async def unsubscribe_project(
    desk: Desk, connection: ClientConnection, frame: UnsubscribeProject, _: Reply
) -> None:
    desk.doorkeeper.unsubscribe(connection, frame.project_id)
