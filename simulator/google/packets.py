"""The packets of a connection (Google's Mobile Connection Server): a tag, a length, and a message."""

from asyncio import StreamReader

from firebase_messaging.proto.mcs_pb2 import (
    Close,
    DataMessageStanza,
    HeartbeatAck,
    HeartbeatPing,
    IqStanza,
    LoginRequest,
    LoginResponse,
)
from google.protobuf.message import Message  # type: ignore[import-untyped]

VERSION = bytes([41])
"""The byte that each side sends before its first packet."""

_TAGS: dict[type[Message], int] = {
    HeartbeatPing: 0,
    HeartbeatAck: 1,
    LoginRequest: 2,
    LoginResponse: 3,
    Close: 4,
    IqStanza: 7,
    DataMessageStanza: 8,
}
_TYPES = {tag: kind for kind, tag in _TAGS.items()}
# A length is a varint: seven bits in each byte, the lowest first, and a bit that says whether another byte follows.
_BITS = 0x7F
_MORE = 0x80


def pack(message: Message) -> bytes:
    """Make the packet of a message."""
    body: bytes = message.SerializeToString()
    size, length = len(body), bytearray()
    while size > _BITS:
        length.append(size & _BITS | _MORE)
        size >>= 7
    return bytes([_TAGS[type(message)], *length, size]) + body


async def read_packet(reader: StreamReader) -> Message:
    """Read one packet. Raise EOFError at the end of the connection."""
    tag, byte = await reader.readexactly(2)
    size, shift = byte & _BITS, 7
    while byte & _MORE:
        (byte,) = await reader.readexactly(1)
        size |= (byte & _BITS) << shift
        shift += 7
    return _TYPES[tag].FromString(await reader.readexactly(size))
