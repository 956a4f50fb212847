"""Monitors: the vendor watches a car, and pushes what it sees."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .cars import Car
from .clock import timestamp
from .expressions import Expression
from .extensions import EXTENSIONS, extend
from .messages import Message
from .triggers import Trigger, parse_trigger

if TYPE_CHECKING:
    from .callbacks import Callback
    from .data import Value
    from .world import World

RUNNING = "Running"


@dataclass(frozen=True)
class Plan:
    """What a monitor's body asks for, read."""

    body: dict[str, Any]
    triggers: tuple[Trigger, ...]
    expression: Expression

    @classmethod
    def parse(cls, body: dict[str, Any]) -> Plan:
        """Read a body that keeps to the contract's shape. Raise ValueError where that is not enough."""
        asked = body["triggerParam"]
        triggers = tuple(parse_trigger(trigger) for trigger in asked["triggers"])
        names = {trigger.name for trigger in triggers}
        if len(names) < len(triggers):
            raise ValueError("Two triggers have the same name.")
        expression = Expression.parse(asked["boolExp"])
        if unknown := expression.names - names:
            raise ValueError(f"No trigger has this name: {', '.join(sorted(unknown))}.")
        if expression.constant:
            raise ValueError("The expression is always the same.")
        return cls(body, triggers, expression)

    @property
    def extensions(self) -> list[str]:
        """What is to ride along, each once."""
        return list(dict.fromkeys(self.body.get("extendedEventParam", ())))

    @property
    def scopes(self) -> set[str]:
        """The scopes that it takes."""
        extensions = {EXTENSIONS[name].scope for name in self.extensions}
        return extensions | {trigger.scope for trigger in self.triggers}

    @property
    def refresh(self) -> int | None:
        """How many seconds of the cars' time pass between reminders."""
        period: int | None = self.body.get("subscribeParam", {}).get("refreshEvent")
        return period


@dataclass(frozen=True)
class Look:
    """What the triggers see, and what is true of that: of all of them, and of those that are not momentary."""

    seen: dict[str, Value]
    facts: dict[str, bool]
    lasting: dict[str, bool]


@dataclass(eq=False, kw_only=True)
class Monitor:
    """A monitor. `status` is Running, Paused or Failed; `last` is what was seen when it last looked."""

    id: str
    car: Car
    callback: Callback
    plan: Plan
    scopes: tuple[str, ...]
    status: str = RUNNING
    created_at: str = field(default_factory=timestamp)
    updated_at: str = field(default_factory=timestamp)
    last: Look = field(init=False)
    reminder: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """Take things as they are: only what changes from now on is an event."""
        self.begin()

    @property
    def label(self) -> str:
        """Its name, given by the subscriber."""
        label: str = self.plan.body["label"]
        return label

    @property
    def holds(self) -> bool:
        """Whether its condition holds, and does not just happen."""
        return self.plan.expression.holds(self.last.lasting)

    def begin(self) -> None:
        """Look for the first time."""
        self.last = Look({trigger.name: trigger.look(self.car) for trigger in self.plan.triggers}, {}, {})
        self.last = self.look()

    def look(self) -> Look:
        """See how things are now."""
        triggers = self.plan.triggers
        seen = {trigger.name: trigger.look(self.car) for trigger in triggers}
        facts = {
            trigger.name: trigger.fires(
                seen[trigger.name],
                self.last.seen[trigger.name],
                held=self.last.lasting.get(trigger.name, False),
            )
            for trigger in triggers
        }
        lasting = {trigger.name: facts[trigger.name] and not trigger.momentary for trigger in triggers}
        return Look(seen, facts, lasting)


class Monitors:
    """Looks at cars for all monitors, and sends what there is to say."""

    def __init__(self, world: World) -> None:
        self._world = world

    def start(self, monitor: Monitor) -> None:
        """Let a monitor watch its car from now on, if it is to run."""
        self.stop(monitor)
        monitor.begin()
        if monitor.status == RUNNING:
            self._keep_reminding(monitor)

    def stop(self, *monitors: Monitor) -> None:
        """Let monitors watch no more."""
        for monitor in monitors:
            if monitor.reminder:
                monitor.reminder.cancel()
                monitor.reminder = None

    def resume(self) -> None:
        """Go on, once the world's tasks have been stopped."""
        for monitor in self._running():
            self._keep_reminding(monitor)

    def evaluate(self, car: Car) -> None:
        """Look at a car that has reported, and send what has become true."""
        for monitor in tuple(self._running()):
            if monitor.car is car:
                self._evaluate(monitor)

    def _running(self) -> Iterator[Monitor]:
        for callback in self._world.callbacks.values():
            yield from (monitor for monitor in callback.monitors.values() if monitor.status == RUNNING)

    def _evaluate(self, monitor: Monitor) -> None:
        before, held = monitor.last, monitor.holds
        monitor.last = monitor.look()
        if not held and monitor.plan.expression.holds(monitor.last.facts):
            self._send(monitor, before, refresh=False)
        self._keep_reminding(monitor)

    def _keep_reminding(self, monitor: Monitor) -> None:
        period = monitor.plan.refresh
        if period is None or not monitor.holds:
            self.stop(monitor)
        elif monitor.reminder is None or monitor.reminder.done():
            monitor.reminder = self._world.tasks.start(self._remind(monitor, period))

    async def _remind(self, monitor: Monitor, period: int) -> None:
        while True:
            await self._world.clock.tick(period)
            if monitor not in self._running():
                return
            self._send(monitor, monitor.last, refresh=True)

    def _send(self, monitor: Monitor, before: Look, *, refresh: bool) -> None:
        facts = monitor.last.lasting if refresh else monitor.last.facts
        values = (
            trigger.describe(monitor.car, monitor.last.seen[trigger.name], before.seen[trigger.name])
            for trigger in monitor.plan.triggers
            if facts[trigger.name]
        )
        event = {
            "monitorId": monitor.id,
            "values": [value for value in values if value],
            "extensions": extend(monitor.car, monitor.plan.extensions, monitor.scopes),
            "refresh": refresh,
        }
        self._world.deliverer.publish(monitor.callback, _message(monitor, event))


def _message(monitor: Monitor, event: dict[str, Any]) -> Message:
    body = monitor.plan.body
    own = {"attributes": body.get("attributes", ()), **body.get("subscribeParam", {})}
    attributes = monitor.callback.attributes(own, vin=monitor.car.vin, monitorid=monitor.id, monitorlabel=monitor.label)
    return Message(
        kind="Monitor",
        car=monitor.car,
        type="Monitor",
        status=monitor.label,
        body={
            "callbackId": monitor.callback.id,
            "type": "Monitor",
            "date": timestamp(),
            "attributes": [{"key": key, "value": value} for key, value in attributes["Body"].items()],
            "monitorEvent": event,
        },
        headers=attributes["Header"],
        query=attributes["Query"],
    )
