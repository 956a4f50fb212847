"""What can go wrong with a message on its way to a callback."""

from dataclasses import dataclass
from typing import Literal

from simulator.cars.car import Car

from .messages import Message


@dataclass(frozen=True, kw_only=True)
class ConnectionFault:
    """Disturbs the vendor's attempts to open a websocket. `times` is how many, None for all.

    Set one of: `unreachable` (the vendor does not get as far as the server); `no_upgrade` (a proxy on the way makes an
    ordinary request of it, whatever the server answers to that).
    """

    times: int | None = 1
    unreachable: bool = False
    no_upgrade: bool = False


@dataclass(frozen=True, kw_only=True)
class MessageFault:
    """Disturbs the delivery of matching messages. A criterion that is None matches every message.

    `kind` is Remote or Monitor. For a remote, `type` is Pending or Done and `status` is that of the message (Accepted,
    Success, ...). For a monitor, `type` is Monitor and `status` is the monitor's label.
    `times` is how many messages it disturbs, None for all. Set one of: `lose`; `double` (send it twice); `late` (delay
    in real seconds); `reorder` (send it after the next message of the callback); `drop` (a websocket loses its
    connection before or after the message; before it means that the message is sent again).
    """

    kind: str | None = None
    car: Car | None = None
    type: str | None = None
    status: str | None = None
    times: int | None = 1
    lose: bool = False
    double: bool = False
    late: float = 0.0
    reorder: bool = False
    drop: Literal["", "before", "after"] = ""

    def matches(self, message: Message) -> bool:
        """Tell whether the fault applies to a message."""
        return (
            self.kind in {None, message.kind}
            and (self.car is None or self.car is message.car)
            and self.type in {None, message.type}
            and self.status in {None, message.status}
        )
