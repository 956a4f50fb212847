"""The ways by which the vendor's messages come, each with what a test has to know of it."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any, ClassVar, Final

from homeassistant.config_entries import ConfigEntry
import pytest

from custom_components.stellantis.account import commands, questions
from custom_components.stellantis.account.delivery import firebase, push_notification
from simulator import Car, ConnectionFault, Fault, MessageFault, Request
from simulator.google import Fault as GoogleFault
from simulator.google.state import Device

from .callbacks import only_callback
from .harness import SPEED, STANDSTILL, Harness

_WAITS: Final = {name: getattr(questions, name) for name in ("CHECK_AFTER", "ASK_AFTER", "LOOK_AFTER")}
_GIVE_UP_AFTER: Final = commands.GIVE_UP_AFTER


class Way:
    """One way.

    `told` is whether the vendor tells the ends of remotes and what cars report; if not, it is asked. `whole` is whether
    a message brings along what the car reports; if not, the car is read. `keeps` is whether messages are kept for a
    Home Assistant that is down. `batches` is whether messages come together after a lag.
    """

    name: ClassVar[str]
    told: ClassVar[bool] = True
    whole: ClassVar[bool] = True
    keeps: ClassVar[bool] = True
    batches: ClassVar[bool] = True

    def __init__(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        self.harness = harness
        self._monkeypatch = monkeypatch

    async def add_account(self, **changes: Any) -> ConfigEntry[Any]:
        """Add an account whose messages come this way, and wait until they can."""
        entry = await self.harness.add_account(delivery=self.name, **changes)
        await self.connected()
        return entry

    def be_impatient(self, speed: float = SPEED) -> None:
        """Shorten the waits for the end of a remote by the factor by which the cars are faster."""
        self._ask_early(speed, *_WAITS)
        self._monkeypatch.setattr(commands, "GIVE_UP_AFTER", _GIVE_UP_AFTER / speed)

    def _ask_early(self, speed: float, *names: str) -> None:
        for name in names:
            self._monkeypatch.setattr(questions, name, tuple(seconds / speed for seconds in _WAITS[name]))

    async def connected(self) -> None:
        """Wait until messages can come."""

    async def interrupt(self) -> None:
        """Let nothing get through any more."""
        raise NotImplementedError

    async def resume(self) -> None:
        """Let all get through again."""
        raise NotImplementedError

    @property
    def faults(self) -> tuple[Callable[[], object], ...]:
        """What can go wrong on the way, once for each call."""
        return tuple(
            partial(self.harness.vendor.faults.add, fault)
            for fault in (
                MessageFault(lose=True),
                MessageFault(double=True),
                MessageFault(late=0.01),
                MessageFault(reorder=True),
                MessageFault(type="Done", lose=True),
                MessageFault(type="Done", reorder=True),
            )
        )

    async def arrive(self) -> None:
        """Wait until all that the vendor has to tell has been taken in."""
        await self.harness.vendor.idle()
        await self.harness.settle()

    async def catch_up(self) -> None:
        """Wait until all that cars have reported must be known."""
        await self.arrive()

    async def pass_time(self, **delta: float) -> None:
        """Let time pass in which the vendor has nothing to tell: a request that is under way would time out."""
        vendor = self.harness.vendor
        speed, vendor.speed = vendor.speed, STANDSTILL
        await self.harness.settle()
        await self.harness.pass_time(**delta)
        vendor.speed = speed

    async def shows(self, car: Car, platform: str, key: str, state: str) -> None:
        """Wait until an entity shows what the car has reported."""
        await self.harness.until(car, platform, key, state)

    # What has been asked and told

    @property
    def asked(self) -> list[Request]:
        """The questions about remotes whose ids are known."""
        return self.harness.requests("GET", "/remotes/*")

    @property
    def listed(self) -> list[Request]:
        """The questions about remotes whose ids are not known."""
        return self.harness.requests("GET", "/remotes")

    @property
    def statuses(self) -> list[str]:
        """The statuses of remotes that the vendor has told, in the order of their arrival."""
        return [
            message["remoteEvent"]["eventStatus"]["status"]
            for delivery in self.harness.vendor.deliveries
            if delivery.status == 200
            for message in delivery.messages
            if message["type"] == "Remote"
        ]

    @property
    def batched(self) -> bool:
        """Whether messages have come together."""
        return any(delivery.batch and delivery.status == 200 for delivery in self.harness.vendor.deliveries)


class WebhookWay(Way):
    """The vendor posts. Home Assistant answers 200 to whatever comes for an entry that is not loaded."""

    name = "webhook"
    keeps = False

    async def interrupt(self) -> None:
        await self.harness.front.stop()

    async def resume(self) -> None:
        await self.harness.front.start()


class WebsocketWay(Way):
    """The vendor connects, and connects again."""

    name = "websocket"

    async def connected(self) -> None:
        await self.harness.vendor.wait_for_connection(only_callback(self.harness))

    async def interrupt(self) -> None:
        await self.harness.front.stop()

    async def resume(self) -> None:
        await self.harness.front.start()
        await self.connected()

    @property
    def faults(self) -> tuple[Callable[[], object], ...]:
        add = self.harness.vendor.faults.add
        return (
            *super().faults,
            self._drop,
            partial(add, MessageFault(drop="before")),
            partial(add, MessageFault(drop="after")),
            partial(self._drop, ConnectionFault(unreachable=True)),
            partial(self._drop, ConnectionFault(no_upgrade=True)),
        )

    def _drop(self, *faults: ConnectionFault) -> None:
        for fault in faults:
            self.harness.vendor.faults.add(fault)
        self.harness.vendor.websockets.drop(only_callback(self.harness))

    async def arrive(self) -> None:
        """Wait for the answer to a ping too: unlike a request, a frame has been sent before it has been read."""
        vendor = self.harness.vendor
        await vendor.idle()
        await self.connected()
        await vendor.websockets.flush(only_callback(self.harness))
        await self.harness.settle()


class PushNotificationWay(Way):
    """The vendor's messages come through Google, and not all of what cars report fits into one."""

    name = "push_notification"
    whole = False
    batches = False

    def __init__(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(harness, monkeypatch)
        self.google = harness.vendor.google
        self._deaf = False
        monkeypatch.setattr(firebase, "REGISTER_PAUSE", 0.0)
        monkeypatch.setattr(push_notification, "RETRY_FIRST", 0.01)
        monkeypatch.setattr(push_notification, "RETRY_LONGEST", 0.05)

    async def add_account(self, **changes: Any) -> ConfigEntry[Any]:
        values = {f"firebase_{key}": value for key, value in asdict(self.google.project).items()}
        return await super().add_account(**values, **changes)

    @property
    def _device(self) -> Device:
        [token] = only_callback(self.harness).devices
        return self.google.registrations[token].device

    async def connected(self) -> None:
        await self.google.changed.until(lambda: self.google.connected)

    async def interrupt(self) -> None:
        await self.google.stop()

    async def resume(self) -> None:
        await self.google.come_back()
        await self.connected()

    async def arrive(self) -> None:
        """Wait until the device has had all its messages too: it acknowledges each."""
        await self.harness.vendor.idle()
        if self._deaf:  # an acknowledgement that was not heard is repeated with the next login
            self.google.connections.drop()
            self._deaf = False
        await self.google.changed.until(lambda: self._device.connection and not self._device.messages)
        await self.harness.settle()

    @property
    def faults(self) -> tuple[Callable[[], object], ...]:
        """What can go wrong at Google: a login that it refuses makes the device register anew, with another token."""
        there = (GoogleFault.UNPADDED, GoogleFault.GARBLED, GoogleFault.TWICE, GoogleFault.CUT)
        back = (GoogleFault.DROP, GoogleFault.CLOSE, GoogleFault.LOGIN)
        return (
            *super().faults,
            self._be_deaf,
            *(partial(self.google.faults.update, [fault]) for fault in there),
            self._drop,
            *(partial(self._drop, fault) for fault in back),
        )

    def _be_deaf(self) -> None:
        self.google.faults[GoogleFault.DEAF] += 1
        self._deaf = True

    def _drop(self, *faults: GoogleFault) -> None:
        self.google.faults.update(faults)
        self.google.connections.drop()

    async def catch_up(self) -> None:
        await self.arrive()
        await self.pass_time(minutes=2)  # what could not be read is read again after a minute


class PollingWay(Way):
    """The vendor tells nothing. What interrupts is that its API fails."""

    name = "polling"
    told = False
    whole = False
    keeps = False
    batches = False

    def __init__(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(harness, monkeypatch)
        self._ask_early(SPEED, "ASK_AFTER")

    async def connected(self) -> None:
        assert only_callback(self.harness).status == "Paused"

    async def interrupt(self) -> None:
        self.harness.vendor.faults.add(Fault(path="/user/*", status=503, times=None))

    async def resume(self) -> None:
        self.harness.vendor.faults.clear()

    @property
    def faults(self) -> tuple[Callable[[], object], ...]:
        return tuple(
            partial(self.harness.vendor.faults.add, fault)
            for fault in (
                Fault(path="*/status", status=503),
                Fault(method="GET", path="*/remotes/*", delay=0.02),
                Fault(method="GET", path="*/remotes/*", drop=True),
                Fault(method="GET", path="*/remotes/*", body="<html>Welcome</html>"),
            )
        )

    async def catch_up(self) -> None:
        await self.arrive()
        await self.pass_time(hours=25)  # alerts are read once a day, the rest every quarter of an hour

    async def shows(self, car: Car, platform: str, key: str, state: str) -> None:
        await self.harness.pass_time(**({"hours": 25} if key == "alert" else {"minutes": 16}))
        assert self.harness.state(car, platform, key).state == state


WAYS = {way.name: way for way in (WebhookWay, WebsocketWay, PushNotificationWay, PollingWay)}
