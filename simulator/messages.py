"""What is posted to a callback."""

from dataclasses import dataclass, field
from typing import Any

from .cars import Car


@dataclass(eq=False, kw_only=True)
class Message:
    """A message on its way: `kind` is Remote or Monitor. Of a monitor `type` is Monitor, `status` its label.

    `body` is its JSON; headers and query are sent along unless it goes out in a batch.
    `settled` turns true once it was answered with 2xx, or given up.
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
