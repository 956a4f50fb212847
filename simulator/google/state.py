"""What Google knows: a project, its devices, their registrations, the faults to come, and why it takes no message."""

from asyncio import StreamWriter
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto

from firebase_messaging.proto.mcs_pb2 import DataMessageStanza


class PushError(Exception):
    """Google does not take a message."""


class Unregistered(PushError):  # noqa: N818 - Google's name
    """No device has this token any more."""


class TooLarge(PushError):  # noqa: N818 - Google's name
    """The message is larger than Google carries."""


class Unavailable(PushError):  # noqa: N818 - Google's name
    """Google cannot be reached."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Firebase project: the four values that a client needs."""

    project_id: str = "simulated-cars"
    app_id: str = "1:314159265358:web:5cc1d3b2a79e4f60"
    api_key: str = "AIzaSySimulatedSimulatedSimulatedSimulat"
    sender_id: str = "314159265358"


class Fault(Enum):
    """What can go wrong. `google.faults[fault]` is how many times it still will."""

    CHECKIN = auto()  # a check-in is answered with HTTP 503
    REGISTER = auto()  # register3 answers PHONE_REGISTRATION_ERROR, as it does at times
    REGISTRATION = auto()  # a registration is refused with HTTP 401
    LOGIN = auto()  # a login is answered with an error
    CLOSE = auto()  # a login is answered with a Close
    SILENCE = auto()  # a login is not answered
    DROP = auto()  # the connection is dropped right after the login
    CUT = auto()  # the connection is dropped in the middle of a message
    UNPADDED = auto()  # the headers of a message have no base64 padding
    GARBLED = auto()  # a message cannot be decrypted
    TWICE = auto()  # a message is delivered twice
    DEAF = auto()  # an acknowledgement is not heard


class Faults(Counter[Fault]):
    """How many times each fault will still happen."""

    def take(self, fault: Fault) -> bool:
        """Tell whether the fault happens now, and count it."""
        if due := self[fault] > 0:
            self[fault] -= 1
        return due


@dataclass(kw_only=True)
class Kept:
    """A message that its device has not acknowledged. `expires` is a time of the event loop."""

    stanza: DataMessageStanza
    expires: float


@dataclass(kw_only=True)
class Device:
    """What has checked in. `messages` are those that it has not acknowledged, by persistent id.

    `app_ids` are the ids of the apps that have registered on it, by their token of register3.
    """

    android_id: int
    security_token: int
    app_ids: dict[str, str] = field(default_factory=dict)
    messages: dict[str, Kept] = field(default_factory=dict)
    connection: StreamWriter | None = None
    stream_id: int = 0


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A device's registration with the project: where a message goes, and the keys to encrypt it for."""

    device: Device
    gcm_app_id: str
    public_key: bytes
    secret: bytes
