"""The last month of the demo: trips that the vendor knows, and charges as Home Assistant would have kept them.

The vendor keeps no list of charges, so they are written into the integration's files while the account is disabled.
"""

import asyncio
from datetime import UTC, datetime, timedelta
import hashlib
import json
from math import cos, hypot, radians
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from simulator import Car, Simulator, Trip
from simulator.cars.records import Coordinates, Levels

from .client import HomeAssistantClient
from .configuration import DOMAIN, HOME, PRICE, PRICE_OF_A_KWH, TIME_ZONE, WORK, Folder
from .errors import DemoError

DAYS = 30
# Before every period that a dashboard shows.
LONG_AGO = timedelta(days=800)
TIMEOUT = 20.0
POLL_INTERVAL = 0.1

ENTRIES = "/api/config/config_entries/entry"
OPTIONS = "/api/config/config_entries/options/flow"

# Kilometres per degree of latitude, and of road for each kilometre as the crow flies.
_DEGREE = 111.2
_ROAD = 1.3
_SPEED = 32.0
# The share of days on which a car is driven.
_DRIVEN = 0.8
# What a wall box gives, in kW, and what a kWh costs in the demo.
_POWER = {"electric": 7.4, "hybrid": 3.7}

type Json = dict[str, Any]


def add_trips(simulator: Simulator, now: datetime) -> None:
    """Let each car of the driver have been driven twice on most of the last days."""
    for car in simulator.accounts["driver"].cars:
        chance = Random(car.name)  # noqa: S311 - nothing secret
        trips = [
            _trip(car, chance, at, start, stop)
            for day in _days(now)
            if chance.random() < _DRIVEN
            for hour, start, stop in ((7, HOME, WORK), (16, WORK, HOME))
            if (at := day.replace(hour=hour, minute=chance.randrange(60))) < now - timedelta(hours=2)
        ]
        mileage = car.mileage
        for trip in reversed(trips):
            mileage -= trip.distance
            trip.start_mileage = mileage
        car.trips[:0] = trips


def _days(now: datetime) -> list[datetime]:
    """Return the midnights of the last days, in the demo's time zone."""
    today = now.astimezone(ZoneInfo(TIME_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=days) for days in range(DAYS - 1, -1, -1)]


def _trip(car: Car, chance: Random, at: datetime, start: Coordinates, stop: Coordinates) -> Trip:
    east = (stop[0] - start[0]) * cos(radians(start[1])) * _DEGREE
    distance = hypot(east, (stop[1] - start[1]) * _DEGREE) * _ROAD * chance.uniform(1.0, 1.3)
    duration = round(distance / _SPEED * 3600 * chance.uniform(0.8, 1.5))
    battery = None if car.battery_level is None else chance.uniform(15, 90)
    fuel = None if car.fuel_level is None else chance.uniform(40, 80)
    used = distance * 100 * chance.uniform(0.9, 1.3)
    after = Levels(battery, fuel)
    if battery is not None and battery > used / car.battery_range:
        after = Levels(battery - used / car.battery_range, fuel)
    elif fuel is not None:
        after = Levels(battery, fuel - used / car.fuel_range)
    return Trip(
        start=start,
        stop=stop,
        start_mileage=0.0,
        before=Levels(battery, fuel),
        after=after,
        started_at=_text(at),
        ended_at=_text(at + timedelta(seconds=duration)),
        duration=duration,
        distance=distance,
        top_speed=chance.uniform(50, 90),
    )


async def add_charges(client: HomeAssistantClient, folder: Folder, simulator: Simulator, now: datetime) -> None:
    """Let each car have been charged every third night, and let the charges of the dashboard have a price."""
    [entry] = [each for each in await client.get(ENTRIES) if each["domain"] == DOMAIN]
    charges = {
        car.vin: make_charges(car, now) for car in simulator.accounts["driver"].cars if car.battery_level is not None
    }
    sensors = {vin: await _wait_for_entity(client, f"{vin}_energy_charged") for vin in charges}
    for car in simulator.accounts["driver"].cars:
        await _wait_for_entity(client, f"{car.vin}_trips")
    await client.command("config_entries/disable", entry_id=entry["entry_id"], disabled_by="user")
    for car in simulator.accounts["driver"].cars:
        if car.vin in charges:
            await asyncio.to_thread(_keep, folder, entry["entry_id"], car, charges[car.vin])
    # Else what has been charged in a month would seem to have been charged in this hour.
    await client.post("/api/services/recorder/purge_entities", {"entity_id": [*sensors.values()], "keep_days": 0})
    await client.command("config_entries/disable", entry_id=entry["entry_id"], disabled_by=None)
    flow = await client.post(OPTIONS, {"handler": entry["entry_id"]})
    await client.post(f"{OPTIONS}/{flow['flow_id']}", {"energy_price_entity": PRICE})
    await _wait_until_loaded(client, entry["entry_id"])
    for vin, entity_id in sensors.items():
        await _import(client, entity_id, charges[vin])
    await client.command(
        "energy/save_prefs",
        energy_sources=[],
        device_consumption=[{"stat_consumption": entity_id} for entity_id in sensors.values()],
    )


def make_charges(car: Car, now: datetime) -> list[Json]:
    """Make charges of every third night, as the integration keeps them."""
    charges = []
    chance = Random(car.name)  # noqa: S311 - nothing secret
    for day in _days(now)[:-2:3]:
        start = day.replace(hour=22, minute=chance.randrange(60)).astimezone(UTC)
        begun, ended = chance.randrange(20, 45), chance.randrange(75, 100)
        energy = (ended - begun) * car.battery_capacity / 100_000
        hours = energy / _POWER[car.name]
        charges.append(
            {
                "started_at": start.isoformat(),
                "ended_at": (start + timedelta(hours=hours)).isoformat(),
                "from": float(begun),
                "to": float(ended),
                "energy": round(energy, 3),
                "duration": round(hours * 3600),
                "average_power": _POWER[car.name],
                "place": "Demo",
                "cost": round(energy * PRICE_OF_A_KWH, 3),
                "result": "finished",
            }
        )
    return charges


def _keep(folder: Folder, entry_id: str, car: Car, charges: list[Json]) -> None:
    """Put charges into the file of a car, before those that it has."""
    path = folder.config / ".storage" / f"{DOMAIN}.{entry_id}.{hashlib.sha256(car.vin.encode()).hexdigest()[:12]}"
    stored = json.loads(path.read_text())
    stored["data"]["charges"][:0] = charges
    charging = stored["data"]["state"].setdefault("charging", {})
    if "reported_capacity" not in charging:
        charging["set_capacity"] = car.battery_capacity / 1000
    charging["total"] = charging.get("total", 0.0) + sum(charge["energy"] for charge in charges)
    path.write_text(json.dumps(stored, indent=2))


async def _wait_for_entity(client: HomeAssistantClient, unique_id: str) -> str:
    """Wait until an entity exists, and return its id."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            for entity in await client.command("config/entity_registry/list"):
                if entity["unique_id"] == unique_id:
                    return str(entity["entity_id"])
            await asyncio.sleep(POLL_INTERVAL)


async def _wait_until_loaded(client: HomeAssistantClient, entry_id: str) -> None:
    async with asyncio.timeout(TIMEOUT):
        while True:
            [entry] = [each for each in await client.get(ENTRIES) if each["entry_id"] == entry_id]
            if entry["state"] == "loaded":
                return
            if entry["state"] in {"setup_error", "migration_error", "failed_unload"}:
                raise DemoError(f"The account is in the state {entry['state']}: {entry['reason']}")
            await asyncio.sleep(POLL_INTERVAL)


async def _import(client: HomeAssistantClient, entity_id: str, charges: list[Json]) -> None:
    """Give the sensor of the charged energy its statistics of the month.

    Home Assistant goes on from a sum of 0: it knows nothing of what was imported. So the sum begins below, long before
    the time that anything shows, where it would seem to have fallen.
    """
    total = sum(charge["energy"] for charge in charges)
    first = datetime.fromisoformat(charges[0]["started_at"]).replace(minute=0) - LONG_AGO
    state, stats = 0.0, [{"start": first.isoformat(), "state": 0.0, "sum": round(-total, 3)}]
    for charge in charges:
        start = datetime.fromisoformat(charge["started_at"]).replace(minute=0)
        hours = charge["duration"] // 3600 + 1
        for number in range(hours):
            state += charge["energy"] / hours
            at = (start + timedelta(hours=number)).isoformat()
            stats.append({"start": at, "state": round(state, 3), "sum": round(state - total, 3)})
    metadata = {
        "has_sum": True,
        "mean_type": 0,
        "name": None,
        "source": "recorder",
        "statistic_id": entity_id,
        "unit_class": "energy",
        "unit_of_measurement": "kWh",
    }
    await client.command("recorder/import_statistics", metadata=metadata, stats=stats)


def _text(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
