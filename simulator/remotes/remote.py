"""A remote that an app has sent, and what the simulator knows about each kind of remote."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.cars.car import Car
from simulator.cars.outcome import Outcome
from simulator.push.messages import Message
from simulator.push.subscription import Subscription


@dataclass(eq=False, kw_only=True)
class Remote:
    """A remote. `body` is as posted, `action` the value of its one action.

    `rivals` are the types of the remotes that the car was carrying out when this one arrived.
    `forced` is the outcome that a test has set.
    `status`, `failure_cause` and `feedback` are those of the latest message.
    """

    id: str
    kind: Kind
    car: Car
    callback: Subscription
    action: dict[str, Any]
    body: dict[str, Any]
    rivals: frozenset[str]
    forced: Outcome | None
    status: str = "Accepted"
    failure_cause: str | None = None
    feedback: str | None = None
    ended: bool = False
    messages: list[Message] = field(default_factory=list)

    @property
    def options(self) -> dict[str, Any]:
        """The options of a charging or preconditioning remote."""
        options: dict[str, Any] = self.action.get("airConditioning", self.action)
        return options

    @property
    def immediate(self) -> bool | None:
        """Whether to start (true) or stop (false) charging or preconditioning; None for neither."""
        return self.options.get("immediate")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of remote.

    `type` is its name in messages. If `scope` is None, every token may send it; if `capability` is, every car takes it.
    `is_done` tells whether the car is in the requested state already (AlreadyDone); `carry_out` changes the state.
    Afterwards the car reports `blocks` of its status: all blocks if empty, nothing if None.
    An `announced` kind has the messages Accepted and WakingUpVehicle.
    """

    type: str
    scope: str | None = None
    capability: str | None = None
    is_done: Callable[[Remote], bool] = lambda _remote: False
    carry_out: Callable[[Remote], None] = lambda _remote: None
    blocks: tuple[str, ...] | None = None
    announced: bool = True
