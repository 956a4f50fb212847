"""Monitors: the vendor watches a car and posts a message when a condition becomes true."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator.base.background import Tasks
from simulator.base.clock import Clock, timestamp
from simulator.base.words import RUNNING
from simulator.cars.car import Car

from .data import Value
from .delivery import Publish
from .expressions import Expression
from .extensions import EXTENSIONS, build_extensions
from .messages import Message
from .subscription import Subscription
from .triggers import Trigger, parse_trigger


@dataclass(frozen=True)
class Plan:
    """The body of a monitor, parsed."""

    body: dict[str, Any]
    triggers: tuple[Trigger, ...]
    expression: Expression

    @classmethod
    def parse(cls, body: dict[str, Any]) -> Plan:
        """Parse a body that conforms to the schema. Raise ValueError for what a schema cannot check."""
        parameters = body["triggerParam"]
        triggers = tuple(parse_trigger(trigger) for trigger in parameters["triggers"])
        names = {trigger.name for trigger in triggers}
        if len(names) < len(triggers):
            raise ValueError("Two triggers have the same name.")
        expression = Expression.parse(parameters["boolExp"])
        if unknown := expression.names - names:
            raise ValueError(f"No trigger has this name: {', '.join(sorted(unknown))}.")
        if expression.constant:
            raise ValueError("The expression is always true or always false.")
        return cls(body, triggers, expression)

    @property
    def extensions(self) -> list[str]:
        """The names of the extensions, without repetitions."""
        return list(dict.fromkeys(self.body.get("extendedEventParam", ())))

    @property
    def scopes(self) -> set[str]:
        """The scopes that the triggers and extensions need."""
        extensions = {EXTENSIONS[name].scope for name in self.extensions}
        return extensions | {trigger.scope for trigger in self.triggers}

    @property
    def refresh(self) -> int | None:
        """The simulated seconds between reminders; None for no reminders."""
        period: int | None = self.body.get("subscribeParam", {}).get("refreshEvent")
        return period


@dataclass(frozen=True)
class Evaluation:
    """The triggers of a monitor, evaluated. All dictionaries are keyed by the trigger's name.

    `facts` tells whether a trigger is true. `lasting` is the same, but false for a momentary trigger.
    """

    values: dict[str, Value]
    facts: dict[str, bool]
    lasting: dict[str, bool]


@dataclass(eq=False, kw_only=True)
class Monitor:
    """A monitor. `status` is Running, Paused or Failed. `reminder` is the task that sends the reminders."""

    id: str
    car: Car
    callback: Subscription
    plan: Plan
    scopes: tuple[str, ...]
    status: str = RUNNING
    created_at: str = field(default_factory=timestamp)
    updated_at: str = field(default_factory=timestamp)
    last: Evaluation = field(init=False)
    reminder: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """Evaluate the present state, so that only a later change is an event."""
        self.begin()

    @property
    def label(self) -> str:
        """The label that the app has given to the monitor."""
        label: str = self.plan.body["label"]
        return label

    @property
    def holds(self) -> bool:
        """Whether the condition was true at the latest evaluation, momentary triggers left out."""
        return self.plan.expression.holds(self.last.lasting)

    def begin(self) -> None:
        """Take the present state of the car as the one to compare with."""
        self.last = Evaluation(self.read(self.car), {}, {})
        self.last = self.evaluate()

    def read(self, car: Car) -> dict[str, Value]:
        """Read the values that the triggers depend on, of the car or of a copy of it."""
        return {trigger.name: trigger.read(car) for trigger in self.plan.triggers}

    def evaluate(self) -> Evaluation:
        """Evaluate the triggers for the present state of the car."""
        return self._compare(self.read(self.car), self.last.values)

    def would_send(self, now: dict[str, Value], before: dict[str, Value]) -> bool:
        """Tell whether a message would follow if the values changed like this."""
        return not self.holds and self.plan.expression.holds(self._compare(now, before).facts)

    def _compare(self, values: dict[str, Value], before: dict[str, Value]) -> Evaluation:
        triggers = self.plan.triggers
        facts = {
            trigger.name: trigger.fires(
                values[trigger.name],
                before[trigger.name],
                held=self.last.lasting.get(trigger.name, False),
            )
            for trigger in triggers
        }
        lasting = {trigger.name: facts[trigger.name] and not trigger.momentary for trigger in triggers}
        return Evaluation(values, facts, lasting)


class Monitors:
    """Evaluates the monitors of a car that reports, and sends their messages and reminders.

    `find_all` returns the monitors that exist.
    """

    def __init__(self, clock: Clock, tasks: Tasks, publish: Publish, find_all: Callable[[], Iterable[Monitor]]) -> None:
        self._clock = clock
        self._tasks = tasks
        self._publish = publish
        self._find_all = find_all

    def start(self, monitor: Monitor) -> None:
        """Start a monitor that is new or changed. It watches the car only if its status is Running."""
        self.stop(monitor)
        monitor.begin()
        if monitor.status == RUNNING:
            self._keep_reminding(monitor)

    def stop(self, *monitors: Monitor) -> None:
        """Cancel the reminders of monitors."""
        for monitor in monitors:
            if monitor.reminder:
                monitor.reminder.cancel()
                monitor.reminder = None

    def resume(self) -> None:
        """Start the reminders again after all background tasks were stopped."""
        for monitor in self._running():
            self._keep_reminding(monitor)

    def evaluate(self, car: Car) -> None:
        """Evaluate the monitors of a car that has reported, and send a message for each that becomes true."""
        for monitor in self.watching(car):
            self._evaluate(monitor)

    def watching(self, car: Car) -> tuple[Monitor, ...]:
        """Return the monitors that watch a car at present."""
        return tuple(monitor for monitor in self._running() if monitor.car is car)

    def _running(self) -> Iterator[Monitor]:
        return (monitor for monitor in self._find_all() if monitor.status == RUNNING)

    def _evaluate(self, monitor: Monitor) -> None:
        before, held = monitor.last, monitor.holds
        monitor.last = monitor.evaluate()
        if not held and monitor.plan.expression.holds(monitor.last.facts):
            self._send(monitor, before, refresh=False)
        self._keep_reminding(monitor)

    def _keep_reminding(self, monitor: Monitor) -> None:
        period = monitor.plan.refresh
        if period is None or not monitor.holds:
            self.stop(monitor)
        elif monitor.reminder is None or monitor.reminder.done():
            monitor.reminder = self._tasks.start(self._remind(monitor, period))

    async def _remind(self, monitor: Monitor, period: int) -> None:
        while True:
            await self._clock.tick(period)
            if monitor not in self._running():
                return
            self._send(monitor, monitor.last, refresh=True)

    def _send(self, monitor: Monitor, before: Evaluation, *, refresh: bool) -> None:
        facts = monitor.last.lasting if refresh else monitor.last.facts
        values = (
            trigger.describe(monitor.car, monitor.last.values[trigger.name], before.values[trigger.name])
            for trigger in monitor.plan.triggers
            if facts[trigger.name]
        )
        event = {
            "monitorId": monitor.id,
            "values": [value for value in values if value],
            "extensions": build_extensions(monitor.car, monitor.plan.extensions, monitor.scopes),
            "refresh": refresh,
        }
        self._publish(monitor.callback, _message(monitor, event))


def _message(monitor: Monitor, event: dict[str, Any]) -> Message:
    body = monitor.plan.body
    return Message(
        kind="Monitor",
        car=monitor.car,
        type="Monitor",
        status=monitor.label,
        body={
            "callbackId": monitor.callback.id,
            "type": "Monitor",
            "date": timestamp(),
            "attributes": [],
            "monitorEvent": event,
        },
        own={"attributes": body.get("attributes", ()), **body.get("subscribeParam", {})},
        variables={"vin": monitor.car.vin, "monitorid": monitor.id, "monitorlabel": monitor.label},
    )
