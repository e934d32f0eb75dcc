"""WebSocket frames as a server sends them. (RFC 6455, 5.2)"""

from websockets.frames import Frame, Opcode


def text_frame(text: bytes) -> bytes:
    """A whole message as a server sends it (RFC 6455, 5.2): the same bytes for every client.

    Uncompressed, which is legal on a connection that agreed on permessage-deflate, too.
    """
    return Frame(Opcode.TEXT, text).serialize(mask=False)
