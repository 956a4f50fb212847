"""The messages that the vendor posts to a webhook."""

from dataclasses import dataclass, field
from typing import Any

from simulator.cars.car import Car


@dataclass(eq=False, kw_only=True)
class Message:
    """A message about a remote or a monitor.

    `kind` is Remote or Monitor. For a remote, `type` and `status` are those of its event. For a monitor, `type` is
    Monitor and `status` is the monitor's label. `body` is the JSON. `headers` and `query` are left out in a batch.
    `settled` becomes true once the webhook has answered 2xx or the message is discarded.
    """

    kind: str
    car: Car
    type: str
    status: str
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    settled: bool = False
