"""Hundreds of remotes and reports, and something goes wrong at every tenth: all is known in the end, nothing is left.

What happens, and what goes wrong, is made up from a seed, so that it is the same each time.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any, Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest

from custom_components.stellantis.api.failure_causes import FAILURE_CAUSES
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, Outcome, gateway_refusal
from tests.helpers.ends import Ends
from tests.helpers.harness import Harness
from tests.helpers.leftovers import left_open, open_sockets, tasks_and_timers
from tests.helpers.mirror import differences
from tests.helpers.ways import Way

SEED: Final = 4
SPEED: Final = 1000.0
IMPATIENCE: Final = 400.0
"""The factor by which the vendor is asked earlier. It is less than the cars' speed: whoever runs this may be slow."""
REPORTS_FOR_A_REMOTE: Final = 5
FAULT_AT_EVERY: Final = 10
LOOK_AT_EVERY: Final = 25
"""After how many remotes of each car its states are compared."""

REMOTES: Final = (
    ("lock", "doors", "lock"),
    ("lock", "doors", "unlock"),
    ("button", "horn", "press"),
    ("button", "flash_lights", "press"),
    ("switch", "lights", "turn_on"),
    ("switch", "lights", "turn_off"),
    ("switch", "charging", "turn_on"),
    ("switch", "charging", "turn_off"),
    ("climate", "preconditioning", "turn_on"),
    ("climate", "preconditioning", "turn_off"),
    ("button", "wake_up", "press"),
)
OUTCOMES: Final = (Outcome("Failed", "VehicleInUse"), Outcome("Failed", "DoorsOpen"), Outcome("Failed"))
RESULTS: Final = {"Success": "success", "AlreadyDone": "already_done", "Failed": "failed"}
API_FAULTS: Final[tuple[Callable[[], Fault], ...]] = (
    lambda: Fault(method="GET", path="*/remotes/*", status=500),
    lambda: Fault(method="POST", path="*/remotes", status=503),
    lambda: Fault(method="POST", path="*/remotes", drop=True, after=True),
    lambda: Fault(method="POST", path="*/remotes", status=500, after=True),
    gateway_refusal,
)


def act(harness: Harness, car: Car, random: Random) -> None:
    """Let something happen to a car that it reports."""
    garage = harness.vendor.garage
    door = random.choice(car.openings)
    acts: list[Callable[[], object]] = [
        lambda: garage.lock(car),
        lambda: garage.unlock(car),
        lambda: garage.open(car, door),
        lambda: garage.close(car, door),
        lambda: garage.plug_in(car),
        lambda: garage.unplug(car),
        lambda: garage.stop_charging(car),
        lambda: garage.precondition(car, on=random.random() < 0.5),
        lambda: garage.set_privacy(car, random.choice(("None", "Geolocation"))),
        lambda: garage.clear_alert(car, car.active_alerts[0]) if car.active_alerts else garage.raise_alert(car),
    ]
    random.choice(acts)()


class Soak:
    """The run of an account with these cars along one way. `random` makes up what happens."""

    def __init__(self, harness: Harness, way: Way, cars: list[Car]) -> None:
        self.random = Random(SEED)  # noqa: S311 - nobody has to guess it
        self.harness = harness
        self.way = way
        self.cars = cars
        self.remotes = {car: [remote for remote in REMOTES if self._has(car, *remote)] for car in cars}
        self.operations = 0
        self.faults = 0
        self.results: Counter[str] = Counter()

    def _has(self, car: Car, platform: str, key: str, _service: str) -> bool:
        registry = er.async_get(self.harness.hass)
        return registry.async_get_entity_id(platform, DOMAIN, f"{car.vin}_{key}") is not None

    async def run(self, remotes: int) -> None:
        """Send this many remotes, let cars report meanwhile, and look at their states every now and then."""
        for number in range(1, remotes // len(self.cars) + 1):
            await self._one_of_each()
            if number % LOOK_AT_EVERY == 0:
                await self.look()

    async def _one_of_each(self) -> None:
        calling: list[asyncio.Task[None]] = []
        interrupted = False
        for car in self.cars:
            interrupted = await self._disturb(interrupted)
            if self.random.random() < 0.15:
                car.next_outcomes[:] = [self.random.choice(OUTCOMES)]
            calling.append(self.harness.start(car, *self.random.choice(self.remotes[car])))
        for _ in range(REPORTS_FOR_A_REMOTE):
            for car in self.cars:
                interrupted = await self._disturb(interrupted)
                act(self.harness, car, self.random)
                await asyncio.sleep(0)
        if interrupted:
            await self.way.resume()
        for result in await asyncio.gather(*calling, return_exceptions=True):
            if isinstance(result, HomeAssistantError):
                self.results[str(result.translation_key)] += 1
            else:
                assert result is None, repr(result)
                self.results["done"] += 1

    async def _disturb(self, interrupted: bool) -> bool:
        """Let something go wrong at every tenth operation; return whether nothing gets through."""
        self.operations += 1
        if self.operations % FAULT_AT_EVERY or interrupted:
            return interrupted
        self.faults += 1
        kind = self.random.randrange(10)
        if kind == 0:
            await self.way.interrupt()
            return True
        if kind <= 3:
            self.harness.vendor.faults.add(self.random.choice(API_FAULTS)())
        else:
            self.random.choice(self.way.faults)()
        return False

    async def look(self) -> None:
        """Compare the states, after one more report of each kind: the last one before may be the one that was lost.

        Reports are dated in whole seconds, and two of them in one second can be told apart only by what they say.
        So these have a later date. It is in the future, where no report that says locked counts.
        """
        self.harness.vendor.faults.clear()
        self.harness.vendor.google.faults.clear()
        await self.way.pass_time(minutes=61)  # whatever has failed is tried again by then
        await self.way.arrive()
        reads = sum(map(self.harness.reads, self.cars))
        garage = self.harness.vendor.garage
        for car in self.cars:
            car.next_outcomes.clear()
            car.clock_ahead += timedelta(seconds=2)
            for change in (garage.open, garage.close):
                change(car, "Trunk")
            garage.unlock(car)
            garage.precondition(car, on=self.random.random() < 0.5)
            self.random.choice((garage.plug_in, garage.unplug))(car)
            garage.clear_alert(car, garage.raise_alert(car))
        await self.way.catch_up()
        assert differences(self.harness, *self.cars) == {}
        assert (sum(map(self.harness.reads, self.cars)) > reads) is not self.way.whole

    def ends(self) -> dict[str, Counter[tuple[str, str | None]]]:
        """Return how the remotes that the vendor has accepted have ended, by car: result and cause."""
        ends: dict[str, Counter[tuple[str, str | None]]] = {}
        for car in self.cars:
            remotes = [
                remote
                for callback in self.harness.vendor.callbacks.values()
                for remote in callback.remotes.values()
                if remote.car is car
            ]
            assert all(remote.ended for remote in remotes)
            ends[self.harness.entity_id(car, "event", "remote")] = Counter(
                (RESULTS[remote.status], None if remote.status != "Failed" else _cause(remote.failure_cause))
                for remote in remotes
            )
        return ends


def _cause(cause: str | None) -> str:
    return FAILURE_CAUSES.get(cause or "Failed", cause or "Failed")


def told(ends: Ends, entity_id: str) -> Counter[tuple[str, str | None]]:
    """Return how the remotes of a car have ended, as its event has told it: without what the vendor did not accept."""
    return Counter(
        (state.attributes["event_type"], state.attributes["failure_cause"])
        for (each, _), state in ends.heard.items()
        if each == entity_id
        and state.attributes["duration"] is not None
        and state.attributes["event_type"] != "timed_out"
    )


@pytest.fixture
def remotes(request: pytest.FixtureRequest) -> int:
    """How many remotes are sent: all of them with `scripts/test --thorough` only, for it takes its time."""
    return 200 if request.config.getoption("--hypothesis-profile") == "thorough" else 50


@pytest.mark.timeout(300)
async def test_nothing_is_lost_and_nothing_is_left(
    harness: Harness, car: Car, other: Car, way: Way, ends: Ends, remotes: int
) -> None:
    cars = [car, other]
    for each in cars:
        each.charging_power = 1e-6
        each.wake_up_limit = 10**6
    harness.vendor.speed = SPEED
    way.be_impatient(IMPATIENCE)
    before = open_sockets()
    entry = await way.add_account()
    soak = Soak(harness, way, cars)

    await soak.run(remotes)

    assert soak.results.total() == remotes
    assert soak.results["done"] > remotes / 2
    for entity_id, right in soak.ends().items():
        assert told(ends, entity_id) == right

    assert await harness.hass.config_entries.async_unload(entry.entry_id)

    assert tasks_and_timers() == []
    connector: Any = async_get_clientsession(harness.hass).connector
    assert not connector._acquired
    assert harness.vendor.google.connected == 0
    connected = harness.vendor.websockets.is_connected
    # The vendor hears of the end of a connection after the server has closed it.
    await harness.vendor.journal.changed.until(lambda: not any(map(connected, harness.vendor.callbacks.values())))
    await harness.front.stop()
    await harness.vendor.stop()
    await harness.browser.close()
    assert await left_open(open_sockets() - before) == []
