"""What a car reports, as the vendor spells it: one builder for each part."""

from datetime import datetime
from typing import Any

REPORTED = "2026-03-01T10:00:00Z"
LATER = "2026-03-01T10:05:00Z"
LONG_AGO = "2025-06-30T08:00:00Z"


def at(date: str) -> datetime:
    return datetime.fromisoformat(date)


NOW = at(REPORTED)
AFTER = at(LATER)
BEFORE = at(LONG_AGO)


def report(**blocks: Any) -> dict[str, Any]:
    """Make a report with a date of its own that no block has."""
    return {"createdAt": LONG_AGO, "updatedAt": LONG_AGO, **blocks}


def dated(**values: Any) -> dict[str, Any]:
    return {"createdAt": REPORTED, **values}


def modern(status: Any = "InProgress", date: Any = REPORTED, **more: Any) -> dict[str, Any]:
    """An energy as cars report it today."""
    charging = {"plugged": True, "status": status, "remainingTime": "PT1H", "chargingMode": "Slow"}
    return {
        "createdAt": date,
        "type": "Electric",
        "level": 62,
        "extension": {"electric": {"charging": charging}},
        **more,
    }


def older(status: Any = "InProgress", date: Any = REPORTED, **more: Any) -> dict[str, Any]:
    """An energy as cars reported it once."""
    charging = {"plugged": True, "status": status, "chargingMode": "Slow", "nextDelayedTime": "PT22H31M"}
    return {"updatedAt": date, "type": "Electric", "level": 62, "charging": charging, **more}


def battery(**more: Any) -> dict[str, Any]:
    """An electric energy that reports a battery, and nothing else."""
    return {"createdAt": REPORTED, "type": "Electric", "extension": {"electric": {"battery": more}}}


def charging(**more: Any) -> dict[str, Any]:
    return {"createdAt": REPORTED, "type": "Electric", "extension": {"electric": {"charging": more}}}


def fuel(date: Any = REPORTED, **more: Any) -> dict[str, Any]:
    """An energy that electric cars report all the same."""
    return {"createdAt": date, "type": "Fuel", "level": 0, **more}


def tank(**more: Any) -> dict[str, Any]:
    """An energy of type Fuel that reports what is used of it."""
    return fuel(level=40, extension={"fuel": more})


def engine(**thermic: Any) -> dict[str, Any]:
    return dated(type="Thermic", extension={"thermic": thermic})


def air(status: Any = "Enabled", **more: Any) -> dict[str, Any]:
    return {"airConditioning": dated(status=status, **more)}


def program(**changes: Any) -> dict[str, Any]:
    """Return a preconditioning program as cars report it."""
    made = {
        "enabled": True,
        "slot": 2,
        "recurrence": "Daily",
        "start": "PT7H40M",
        "occurence": {"day": ["Tue", "Mon"]},
        **changes,
    }
    return {key: value for key, value in made.items() if value is not ...}


def place(*coordinates: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": list(coordinates)}
    return {"type": "Feature", "geometry": geometry, "properties": dated(type="Acquire", **properties)}


ALERT = {"id": "1", "type": "FuelLevelLow", "severity": "Warning", "startedAt": LONG_AGO, "active": True}


def trip(**more: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "createdAt": LONG_AGO,
        "updatedAt": LONG_AGO,
        "startedAt": LONG_AGO,
        "stoppedAt": REPORTED,
        "done": True,
        "distance": 12.5,
        "duration": 1489,
        "energyConsumptions": [
            {"type": "Fuel", "consumption": 0.5, "avgConsumption": 400},
            {"type": "Electric", "consumption": 2.25},
        ],
        **more,
    }


def literal(value: Any) -> dict[str, Any]:
    return {"type": "string", "body": {"literalValue": value}}


def objects(*values: Any) -> dict[str, Any]:
    return {"type": "obj.some", "body": {"objectValues": list(values)}}
