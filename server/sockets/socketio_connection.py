"""A Socket.IO client's connection, and the packets that go through it. (Socket.IO protocol 5.)"""

from typing import Any

import orjson
from engineio import packet as engine_packet
from socketio import packet

from models.refusals import Invalid, Refusal
from rooms.frames import Body, Frame
from server.auth import Login
from server.sockets.connection import ClientConnection
from server.sockets.cuts import Cuts
from server.sockets.desk import Message, Reply
from server.sockets.engine_socket import EngineSocket
from server.sockets.framing import text_frame
from server.sockets.wheel import TimerWheel


def encode(body: Body) -> str:
    """A Socket.IO EVENT packet: `2["name",{…}]`."""
    return f'2["{body["type"]}",{orjson.dumps(body).decode()}]'


def encode_for_websocket(body: Body) -> bytes:
    """The same as an Engine.IO MESSAGE in a WebSocket frame."""
    return text_frame(b"4" + encode(body).encode())


class SocketIOConnection(ClientConnection):
    """A Socket.IO client; acks and frames take the engine's one road."""

    door = "socketio"
    framed = staticmethod(encode_for_websocket)

    def __init__(self, engine: EngineSocket, login: Login, wheel: TimerWheel, cuts: Cuts) -> None:
        super().__init__(login, wheel, cuts)
        self.engine = engine
        self.wire = engine.wire
        engine.client = self
        self.incoming_size = 0

    def keep(self, frame: Frame) -> None:
        self.put(frame.encoded(encode))

    def put(self, text: str) -> None:
        self.engine.post(engine_packet.Packet(engine_packet.MESSAGE, text))

    async def drained(self) -> None:
        await self.engine.drained()

    def hang_up(self, code: str) -> None:  # noqa: ARG002 - the error frame said it
        self.put(packet.Packet(packet.DISCONNECT).encode())
        self.engine.hang_up()

    def close_transport(self, code: int, reason: str) -> None:
        self.engine.retire(code, reason)

    def abort(self) -> None:
        self.engine.drop()


def refuse(engine: EngineSocket, namespace: str | None, refusal: Refusal) -> None:
    """CONNECT_ERROR: the code as its message, and the rest as its data."""
    data = {"code": refusal.code, "message": refusal.message, **refusal.extra}
    body = {"message": refusal.code, "data": data}
    error = packet.Packet(packet.CONNECT_ERROR, data=body, namespace=namespace or "/")
    engine.post(engine_packet.Packet(engine_packet.MESSAGE, error.encode()))


def read_message(data: list[Any], ack_id: int | None, connection: SocketIOConnection) -> Message:
    """`[name]` or `[name, {…}]`; the fields may repeat the name as `type`."""
    name, *arguments = data
    if len(arguments) > 1:
        fault = Invalid("invalid_arguments", f"{name}: send one object, not several arguments.")
        return Message(name, None, _reply(ack_id, connection), connection.incoming_size, fault)
    body = arguments[0] if arguments else {}
    if isinstance(body, dict) and body.get("type") == name:
        del body["type"]
    return Message(name, body, _reply(ack_id, connection), connection.incoming_size)


def _reply(ack_id: int | None, connection: SocketIOConnection) -> Reply:
    if ack_id is None:
        return Reply(None)

    def acknowledge(body: Body) -> None:
        if not connection.closed:
            connection.put(f"3{ack_id}[{orjson.dumps(body).decode()}]")

    return Reply(acknowledge)
