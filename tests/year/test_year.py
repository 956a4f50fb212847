"""Days of three cars: drives, charges, remotes, outages, restarts, and at the end all is as the cars know it.

Each morning, after a night without a fault, every entity must show what its car would say. At the end each trip, each
charge and each end of a remote has been told once, nothing is left after the unload, and memory has not grown after the
first month. `scripts/soak year` lets a year pass.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
import json
import logging
from pathlib import Path
from random import Random
import sys
from typing import Any, Final

from aiohttp import connector
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.account import absences, delivery_health, storage
from custom_components.stellantis.api import extensions, rate_limits
from simulator import Car, Fault, MessageFault, gateway_refusal, token_error
from simulator.remotes.remote import Remote
from tests.helpers.callbacks import only_callback
from tests.helpers.ends import Ends, end
from tests.helpers.harness import STANDSTILL, Harness
from tests.helpers.leftovers import accounts, tasks_and_timers
from tests.helpers.mirror import differences
from tests.helpers.remotes import act
from tests.helpers.trips import get_trips
from tests.helpers.year import REPORT

from . import memory
from .cars import Cars, commands
from .clock import Clock, before_the_clock_changes, started

SPEED: Final = 300.0
HOUR: Final = 3600.0
MINUTES: Final = 60.0
MORNING: Final = 6.5 * HOUR
EVENING: Final = 21.5 * HOUR

API: Final = "/connectedcar/v4"
MOST_REQUESTS: Final = 120
"""So often a car may be asked about on the busiest day.

While the API is down from morning to evening, a car's status and its four details are asked for ten times each, ever
more seldom, and each of three commands is asked about a dozen times.
"""
USUAL_REQUESTS: Final = 30
"""The same on average."""

A_MONTH: Final = 30
MOST_GROWTH: Final = 1.05

UNKNOWN: Final = {"command_unanswered", "command_timeout"}
"""The errors, and the causes, of a command of which it is not known yet how it ends: its end may be told later."""

REFUSALS: Final = {"battery_charge_too_low", "battery_level", "doors_open", "external_charging_system_error"}
"""Why a car may refuse a command."""

MEANT: Final = ("Error fetching ", "Updating state for ", "Error setting up entry", "Authentication failed")
"""How Home Assistant itself says that something cannot be read."""


class Life:
    """Three cars, their vendor, and Home Assistant."""

    def __init__(self, harness: Harness, entry: ConfigEntry[Any], clock: Clock, chance: Random) -> None:
        """Begin with an account that is set up."""
        self.harness = harness
        self.vendor = harness.vendor
        self.clock = clock
        self.chance = chance
        self.cars = Cars(harness.vendor, chance)
        self.counts: Counter[str] = Counter()
        self.requests: list[float] = []
        self.accepted = 0
        self.ended = 0
        self.told = 0
        self.refused = 0
        self.charges: Counter[str] = Counter()
        self.ends = Ends(harness.hass)
        self.wrong: list[str] = []
        self._entry = entry
        self._reachable = True
        self._disturbed = False
        self._remotes: list[Remote] = []
        self._watch_remotes()

    def _watch_remotes(self) -> None:
        begin = self.vendor.remotes.begin

        def begun(*args: Any, **values: Any) -> Remote:
            remote = begin(*args, **values)
            self._remotes.append(remote)
            self.accepted += 1
            return remote

        self.vendor.remotes.begin = begun  # type: ignore[method-assign]

    # Time

    async def settle(self) -> None:
        """Let all arrive that is on its way."""
        self.vendor.speed = SPEED
        if self._reachable:
            await self.vendor.idle()
        else:
            await self.vendor.journal.changed.until(lambda: not self.vendor.remotes.busy)
        await self.harness.settle()
        self.vendor.speed = STANDSTILL

    async def travel(self, seconds: float) -> None:
        """Let time pass, at most an hour at once."""
        while seconds > 0:
            step = min(seconds, HOUR)
            self.clock.forward(step)
            await asyncio.sleep(0)
            await self.harness.settle()
            seconds -= step

    async def travel_to(self, hour: float) -> None:
        """Let time pass until these seconds of the day, by the clock on the wall."""
        now = self.clock.now()
        wanted = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(seconds=hour)
        await self.travel((wanted.timestamp() - now.timestamp()) % (24 * HOUR))

    # A day

    async def day(self) -> None:
        """Let a day pass, from one morning to the next."""
        self.vendor.requests.clear()
        self.vendor.deliveries.clear()
        acts = [act for car in self.cars.all for act in self._plan(car)]
        self.chance.shuffle(acts)
        if self.chance.random() < 0.3:
            acts.insert(self.chance.randrange(len(acts) + 1), self._disturb)
        pause = (EVENING - MORNING) / (len(acts) + 1) / 2
        for happens in acts:
            await self.travel(self.chance.uniform(0, pause))
            await happens()
            await self.settle()
        await self._end_disturbance()
        await self._charge_over_night()
        await self.travel_to(MORNING)
        await self.settle()
        self._judge()

    def _plan(self, car: Car) -> list[Callable[[], Any]]:
        """Return what happens to a car on a day."""
        chance, garage = self.chance, self.vendor.garage
        plan: list[Callable[[], Any]] = [lambda: self._drive(car) for _ in range(chance.choice((0, 1, 2, 2, 3)))]
        plan += [lambda: self._command(car) for _ in range(chance.randrange(4))]
        plan += [self._act("doors used", lambda: self.cars.use_a_door(car)) for _ in range(chance.randrange(5))]
        rare: tuple[tuple[float, str, Callable[[], object]], ...] = (
            (0.1, "alerts raised or ended", lambda: self.cars.raise_or_clear_alert(car)),
            (0.01, "collisions", lambda: garage.collide(car)),
            (0.05, "changes of privacy", lambda: garage.set_privacy(car, chance.choice(("None", "Geolocation")))),
        )
        return plan + [self._act(what, act) for share, what, act in rare if chance.random() < share]

    def _act(self, what: str, act: Callable[[], object]) -> Callable[[], Any]:
        async def counted() -> None:
            act()
            self.counts[what] += 1

        return counted

    async def _drive(self, car: Car) -> None:
        self.cars.drive_off(car)
        await self.settle()
        for _ in range(self.chance.randrange(1, 5)):
            await self.travel(5 * MINUTES)
            self.cars.drive_on(car)
            await self.settle()
        self.cars.park(car)
        self.counts["drives"] += 1

    async def _command(self, car: Car) -> None:
        """Ask for something; unless something is wrong, only the car may refuse it."""
        platform, key, service = self.chance.choice(commands(car))
        self.counts["commands"] += 1
        accepted = self.accepted
        task = self.harness.start(car, platform, key, service)
        await self._finish(task)
        error = task.exception()
        if not isinstance(error, HomeAssistantError):
            task.result()
            return
        self.counts["commands that failed"] += 1
        self.refused += self.accepted == accepted and error.translation_key not in UNKNOWN
        if not self._disturbed and error.translation_key not in REFUSALS:
            self.wrong.append(f"{self.clock.now()}: {car.label}, {service} {key}: {error.translation_key}")

    async def _finish(self, task: asyncio.Task[None]) -> None:
        """Wait until a command has ended, and let time pass if it needs that."""
        self.vendor.speed = SPEED
        while not task.done():
            await asyncio.wait([task], timeout=0.3)
            if not task.done():
                self.vendor.speed = STANDSTILL
                self.clock.forward(5)
                self.vendor.speed = SPEED

    async def _charge_over_night(self) -> None:
        """Plug in the cars that need it; each charge ends when the battery is full, or at the limit."""
        await self.travel_to(EVENING)
        for car in self.cars.all:
            self.cars.rest(car)
        charged = [car for car in self.cars.all if car.battery_level is not None and car.battery_level < 60]
        for car in charged:
            self.vendor.garage.start_charging(car)
            self.charges[car.label] += 1
            await self.settle()
        for _ in range(12):
            await self.travel(30 * MINUTES)
            for car in charged:
                self.cars.charge(car)
            await self.settle()
        for car in charged:
            self.vendor.garage.unplug(car)
            await self.settle()

    # What goes wrong

    async def _disturb(self) -> None:
        """Let something go wrong until the evening, or until it has gone wrong often enough."""
        name, act = self.chance.choice(tuple(self._disturbances().items()))
        self.counts[name] += 1
        self._disturbed = True
        await act()

    def _disturbances(self) -> dict[str, Callable[[], Any]]:
        add, chance = self.vendor.faults.add, self.chance

        def fault(*faults: Fault | MessageFault) -> Callable[[], Any]:
            async def begin() -> None:
                for each in faults:
                    add(each)

            return begin

        seconds = str(chance.randrange(60, 7200))
        return {
            "outages of the API": fault(Fault(path="/user/*", status=503, times=None)),
            "answers that broke off": fault(Fault(path="/user/*", drop=True, after=True, times=chance.randrange(1, 6))),
            "too many requests": fault(Fault(path="/user/*", status=429, headers={"Retry-After": seconds}, times=3)),
            "refusals by the gateway": fault(gateway_refusal(times=3)),
            "refusals of the token": fault(token_error("invalid_grant")),
            "answers without sense": fault(Fault(path="/user/*", body="<html>Busy</html>", times=4)),
            "lost messages": fault(MessageFault(lose=True, times=chance.randrange(1, 8))),
            "doubled messages": fault(MessageFault(double=True, times=chance.randrange(1, 8))),
            "messages out of order": fault(*[MessageFault(reorder=True)] * chance.randrange(1, 5)),
            "outages of the internet here": self._lose_internet,
            "callbacks that the vendor gave up": self._fail_callback,
            "lists without cars": self._forget_cars,
            "restarts": self._restart,
        }

    async def _lose_internet(self) -> None:
        await self.harness.front.stop()
        self._reachable = False

    async def _fail_callback(self) -> None:
        only_callback(self.harness).status = "Failed"

    async def _forget_cars(self) -> None:
        self.vendor.accounts["driver"].forgetful = self.chance.choice(("not_found", "empty", "no_content"))

    async def _restart(self) -> None:
        """Restart Home Assistant, while a car is used."""
        await self.harness.hass.config_entries.async_unload(self._entry.entry_id)
        if left := tasks_and_timers() + accounts():
            self.wrong.append(f"left after an unload: {left}")
        car = self.chance.choice(self.cars.all)
        self.cars.use_a_door(car)
        await self.travel(self.chance.uniform(1, 2 * HOUR))
        await self.harness.hass.config_entries.async_setup(self._entry.entry_id)

    async def _end_disturbance(self) -> None:
        self.vendor.faults.clear()
        self.vendor.accounts["driver"].forgetful = ""
        if not self._reachable:
            await self.harness.front.start()
            self._reachable = True
        for callback in self.vendor.callbacks.values():
            callback.held.clear()
        await self.settle()
        self._disturbed = False

    # What must be so

    def _judge(self) -> None:
        """Compare, each morning, what is shown with what is so; then forget what would only take memory."""
        self.counts["days"] += 1
        found = differences(self.harness, *self.cars.all)
        if found:
            self.wrong.append(f"{self.clock.now()}: {found}")
        if list(self._entry.async_get_active_flows(self.harness.hass, {SOURCE_REAUTH})):
            self.wrong.append(f"{self.clock.now()}: somebody is asked to sign in again")
        asked = sum(request.path.startswith(API) for request in self.vendor.requests)
        self.requests.append(asked / len(self.cars.all))
        self.counts["pushes"] += sum(
            message["type"] == "Monitor" for each in self.vendor.deliveries for message in each.messages
        )
        self._forget()

    def count_ends(self) -> None:
        """Count the remotes that have ended, and the ends that were told; forget all but the last of each car.

        A restart tells that one again.
        """
        self.ended += sum(remote.ended for remote in self._remotes)
        self._remotes = [remote for remote in self._remotes if not remote.ended]
        heard = self.ends.heard
        last = dict(heard.keys())
        for key in [key for key in heard if key not in last.items()]:
            self.told += _is_known(heard.pop(key))

    def _forget(self) -> None:
        self.count_ends()
        for callback in self.vendor.callbacks.values():
            for remote_id in list(callback.remotes)[:-50]:
                del callback.remotes[remote_id]
        for car in self.cars.all:
            car.alerts[:] = car.active_alerts


def _is_known(state: State) -> bool:
    """Tell whether this end of a remote is certain: no other one follows."""
    event_type, _, _, failure_cause = end(state)
    return event_type != "timed_out" and failure_cause not in UNKNOWN


async def get_charges(harness: Harness, car: Car) -> list[dict[str, Any]]:
    """Ask for the charges of a car."""
    answer: dict[str, Any] = await act(harness, car, "get_charges", answer=True)
    found: list[dict[str, Any]] = answer["charges"]
    return found


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Let Home Assistant write to the disk; the fixture of this name would keep all files in memory."""
    return {}


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Start Home Assistant in an empty configuration folder."""
    return str(tmp_path)


@pytest.fixture
async def clock(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Clock]:
    """Begin some days from today, and have the harness leave the clock alone."""
    with started(before_the_clock_changes(), monkeypatch) as clock:
        for module in (absences, delivery_health, storage):
            monkeypatch.setattr(module, "utcnow", dt_util.utcnow)
        monkeypatch.setattr(extensions, "_now", dt_util.utcnow)
        for module in (rate_limits, connector):
            monkeypatch.setattr(module, "monotonic", clock.monotonic)
        await harness.hass.config.async_set_time_zone("Europe/Paris")
        yield clock


@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("three_cars")
async def test_after_days_and_days_all_is_as_it_should_be(
    harness: Harness,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    days, seed = request.config.getoption("days"), request.config.getoption("seed")
    logging.getLogger().setLevel(logging.WARNING)
    entry = await harness.add_account()
    life = Life(harness, entry, clock, Random(seed))  # noqa: S311 - nothing secret
    await life.travel_to(MORNING)
    before = 0.0
    for day in range(days):
        if day == A_MONTH:
            before = memory.used()
        if day and day % A_MONTH == 0:
            with capsys.disabled():
                sys.stdout.write(f"\n{day} days, {memory.used():.0f} MiB, wrong: {len(life.wrong)}")
        await life.day()
        complaints = [
            f"{clock.now()}: {record.getMessage()}"
            for record in caplog.records
            if record.levelno >= logging.WARNING and not record.getMessage().startswith(MEANT)
        ]
        life.wrong += complaints
        memory.forget_logs(caplog)
    after = memory.used()
    told = life.told + sum(map(_is_known, life.ends.heard.values()))
    trips = {car.label: len(await get_trips(harness, car)) for car in life.cars.all}
    charges = {car.label: len(await get_charges(harness, car)) for car in life.cars.all[:2]}
    report = {
        "seed": seed,
        **life.counts,
        "charges": life.charges.total(),
        "remotes that the vendor accepted": life.accepted,
        "ends of remotes told": told,
        "requests a car and day, on average": round(sum(life.requests) / days, 1),
        "requests a car on the busiest day": round(max(life.requests)),
        **({"memory after a month, MiB": round(before)} if before else {}),
        "memory at the end, MiB": round(after),
        "most memory, MiB": round(memory.peak()),
        "wrong": len(life.wrong),
    }
    record_property(REPORT, json.dumps(report))

    assert not life.wrong, "\n".join(life.wrong)
    assert trips == {car.label: len(car.trips) for car in life.cars.all}
    assert charges == life.charges
    assert told == life.ended + life.refused
    assert max(life.requests) <= MOST_REQUESTS
    assert sum(life.requests) / days <= USUAL_REQUESTS
    assert not before or after <= before * MOST_GROWTH
    assert await harness.hass.config_entries.async_unload(entry.entry_id)
    await harness.settle()
    assert tasks_and_timers() + accounts() == []
