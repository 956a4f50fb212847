"""What goes on until Home Assistant is killed: commands, reports, charges, trips, edits, options, the limit."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any, Final

from aiohttp import ClientError

from demo.errors import DemoError
from simulator import Car, Simulator
from simulator.cars import charging, driving

from .home import Home

OPTIONS: Final = "/api/config/config_entries/options/flow"
WRITTEN_AFTER: Final = 3.0
"""Seconds after which options are on disk: Home Assistant writes entries a second after a change."""

CHARGED: Final = 600.0
"""Seconds of a charge that pass at once."""
DRIVEN: Final = 6
"""Points of the route that are passed at once: a car that has not moved goes on with the same charge."""

COMMANDS: Final[tuple[tuple[str, str, str], ...]] = (
    ("electric", "doors", "lock.lock"),
    ("electric", "doors", "lock.unlock"),
    ("combustion", "doors", "lock.lock"),
    ("combustion", "doors", "lock.unlock"),
    ("electric", "horn", "button.press"),
    ("combustion", "flash_lights", "button.press"),
    ("electric", "preconditioning", "climate.turn_on"),
    ("electric", "preconditioning", "climate.turn_off"),
    ("electric", "charging", "switch.turn_on"),
    ("electric", "charging", "switch.turn_off"),
    ("combustion", "wake_up", "button.press"),
)
"""The car, the key of the entity, and the action."""


@dataclass
class Wishes:
    """What somebody has set. `limits` are the one that was confirmed last, and those since, which may count or not."""

    limits: list[int] = field(default_factory=lambda: [100])
    options: list[int] = field(default_factory=lambda: [1])
    options_confirmed_at: float | None = None

    @property
    def possible_options(self) -> list[int]:
        """The options that may be in force."""
        at = self.options_confirmed_at
        return self.options[-1:] if at and monotonic() - at > WRITTEN_AFTER else self.options[-2:]


class Activity:
    """People who use cars and Home Assistant."""

    def __init__(self, vendor: Simulator, chance: Random) -> None:
        """Begin with cars that stand still."""
        self._vendor = vendor
        self._chance = chance
        self.wishes = Wishes()
        self.done: dict[str, int] = {}
        # Goes on where it was when Home Assistant was killed.
        self._journey = self._travel(vendor.cars["hybrid"])
        self.charges = 0

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    async def go_on(self, home: Home) -> None:
        """Do all at once, until cancelled."""
        ids = await home.entity_ids()
        parts: tuple[Callable[[], Awaitable[None]], ...] = (
            lambda: self._command(home, ids),
            lambda: self._command(home, ids),
            self._report,
            self._step,
            lambda: self._set_limit(home, ids),
            lambda: self._edit(home, ids),
            lambda: self._set_options(home),
        )
        async with asyncio.TaskGroup() as group:
            for part in parts:
                group.create_task(self._repeat(part))

    async def _repeat(self, part: Callable[[], Awaitable[None]]) -> None:
        while True:
            await part()
            await asyncio.sleep(self._chance.uniform(0.1, 0.8))

    def _id(self, ids: dict[str, str], car: str, key: str) -> str:
        return ids[f"{self._vendor.cars[car].vin}_{key}"]

    async def _command(self, home: Home, ids: dict[str, str]) -> None:
        car, key, action = self._chance.choice(COMMANDS)
        await home.act(action, entity_id=self._id(ids, car, key))
        self._count("commands")

    async def _report(self) -> None:
        car = self._vendor.cars[self._chance.choice(("electric", "combustion"))]
        if "Passenger" in car.open_doors:
            self._vendor.garage.close(car, "Passenger")
        else:
            self._vendor.garage.open(car, "Passenger")
        self._count("reports of a door")

    async def _step(self) -> None:
        next(self._journey)
        # No two trips begin in the same second, nor two charges.
        await asyncio.sleep(0.5)

    def _travel(self, car: Car) -> Any:
        """Charge, drive away, and again; one step at a time."""
        vendor, garage = self._vendor, self._vendor.garage
        while True:
            garage.plug_in(car)
            yield
            charging.advance(car, CHARGED)
            vendor.report(car, "energies")
            yield
            garage.stop_charging(car)
            self.charges += 1
            self._count("charges")
            yield
            garage.drive_off(car)
            yield
            trip = car.trip
            for _ in range(DRIVEN if trip else 0):
                assert trip
                driving.advance(car, trip)
            vendor.report(car, *driving.REPORTED)
            yield
            garage.park(car)
            self._count("trips")
            yield

    async def _set_limit(self, home: Home, ids: dict[str, str]) -> None:
        limit = self._chance.randrange(60, 100)
        self.wishes.limits.append(limit)
        entity_id = self._id(ids, "electric", "charge_limit")
        with suppress(DemoError, ClientError):
            changed = await home.client.post("/api/services/number/set_value", {"entity_id": entity_id, "value": limit})
            # While the account is loaded again there is no such entity, and the action does nothing.
            if entity_id in {each["entity_id"] for each in changed}:
                self.wishes.limits = [limit]
            self._count("charge limits")

    async def _edit(self, home: Home, ids: dict[str, str]) -> None:
        start = f"{self._chance.randrange(24):02}:30:00"
        if self._chance.random() < 0.5:
            climate = self._id(ids, "electric", "preconditioning")
            await home.act("stellantis.set_preconditioning_program", entity_id=climate, slot=2, start=start)
        else:
            await home.act("time.set_value", entity_id=self._id(ids, "electric", "charging_start"), time=start)
        self._count("edits of programs")
        await asyncio.sleep(1)  # people take their time

    async def _set_options(self, home: Home) -> None:
        await asyncio.sleep(self._chance.uniform(1, 4))
        minutes = self._chance.randrange(1, 30)
        with suppress(DemoError, ClientError):
            entry = await home.entry()
            flow = await home.client.post(OPTIONS, {"handler": entry["entry_id"]})
            self.wishes.options.append(minutes)
            self.wishes.options_confirmed_at = None
            await home.client.post(f"{OPTIONS}/{flow['flow_id']}", {"moving_refresh": minutes})
            self.wishes.options_confirmed_at = monotonic()
            self._count("changes of options")
            await home.wait_until_loaded()
