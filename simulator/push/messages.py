"""The messages that the vendor sends to a callback."""

from dataclasses import dataclass, field
from typing import Any

from simulator.cars.car import Car


@dataclass(eq=False, kw_only=True)
class Message:
    """A message about a remote or a monitor.

    `kind` is Remote or Monitor. For a remote, `type` and `status` are those of its event. For a monitor, `type` is
    Monitor and `status` is the monitor's label. `body` is the JSON, whose attributes are filled in when it is sent:
    those of the callback, and those in `own`, the body of the remote or the parameters of the monitor. `variables` are
    what values such as `$vin` stand for, in lower case.
    `drop` has a websocket lose its connection before or after the message. `settled` becomes true once the message is
    delivered or discarded.
    """

    kind: str
    car: Car
    type: str
    status: str
    body: dict[str, Any]
    own: dict[str, Any]
    variables: dict[str, str] = field(default_factory=dict)
    drop: str = ""
    attempts: int = 0
    settled: bool = False

    @property
    def label(self) -> str:
        """The label of the remote or the monitor."""
        return self.variables.get("remotelabel") or self.variables.get("monitorlabel", "")
