"""Watching projects. (Seed 003: silent on success, unless an acknowledgement is asked for.)"""

from models.refusals import Invalid
from rooms.frames import Body
from server.sockets.connection import ClientConnection
from server.sockets.desk import Desk, Reply
from server.sockets.handlers.resume import reason_of_cut
from server.sockets.inbound import SubscribeProject, UnsubscribeProject


async def subscribe_project(
    desk: Desk, connection: ClientConnection, frame: SubscribeProject, reply: Reply
) -> None:
    if frame.snapshot and not reply.open:
        raise Invalid(
            "snapshot_needs_ack",
            "snapshot: it comes in the acknowledgement, so ask for one (Socket.IO: a callback; "
            "plain WebSocket: request_id).",
        )

    def answer(body: Body) -> None:
        if reply.open:
            reply(body if frame.since is None else {**body, **reason_of_cut(connection)})

    await desk.doorkeeper.subscribe(
        connection, frame.project_id, answer, since=frame.since, snapshot=frame.snapshot
    )


async def unsubscribe_project(
    desk: Desk, connection: ClientConnection, frame: UnsubscribeProject, _: Reply
) -> None:
    desk.doorkeeper.unsubscribe(connection, frame.project_id)
