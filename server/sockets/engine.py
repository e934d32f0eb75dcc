"""Engine.IO's server, with connections of ours. Overrides internals of python-engineio 4.15.1."""

from typing import Any

from engineio import async_server, packet

from server.sockets.engine_socket import EngineSocket
from server.sockets.postbox import Postbox
from server.sockets.wheel import TimerWheel


class EngineServer(async_server.AsyncServer):  # type: ignore[misc]
    """Makes our sockets where engineio names its own by hand.

    most_buffered: bytes that may wait for one client
    """

    wheel: TimerWheel
    most_buffered: int

    def create_queue(self) -> Postbox:
        return Postbox(self.most_buffered)

    async def _trigger_event(self, event: str, *args: Any, **options: Any) -> Any:
        """A message that cannot be read must reach `receive`; engineio would log it and go on."""
        if event == "message":
            return await self.handlers[event](*args)
        return await super()._trigger_event(event, *args, **options)

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> Any:
        sid = self.generate_id()
        socket = self.sockets[sid] = EngineSocket(self, sid)
        opening = {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        await socket.send(packet.Packet(packet.OPEN, opening))
        refused = await self._trigger_event("connect", sid, environ, run_async=False)
        if refused is not None:
            del self.sockets[sid]
            return self._unauthorized(refused)
        socket.schedule_ping()
        if transport == "websocket":
            try:
                return await socket.handle_get_request(environ)
            except BaseException:  # it was gone before the handshake was done
                await socket.end(self.reason.TRANSPORT_ERROR)
                raise
        socket.connected = True
        return self._ok(await socket.poll(), jsonp_index=jsonp_index)
