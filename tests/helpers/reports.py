"""What a car can report, and a car that reports all of it."""

from datetime import timedelta
from typing import Any, Final

from homeassistant.util import dt as dt_util

from simulator import Car, Fault

from .harness import Harness

DATE: Final = "2026-10-01T08:00:00Z"
LATER: Final = "2026-10-01T09:00:00Z"

type Json = dict[str, Any]

CHARGING: Final[Json] = {
    "plugged": True,
    "status": "InProgress",
    "remainingTime": "PT2H30M20S",
    "chargingRate": 24,
    "chargingMode": "Quick",
    "chargingPowerLevel": "Level2",
    "nextDelayedTime": "PT22H30M",
}


def electric(at: str = DATE, charging: Json = CHARGING, **energy: Any) -> Json:
    """Report the energy of type Electric."""
    extension = {
        "battery": {
            "load": {"createdAt": at, "capacity": 46000, "residual": 28000},
            "health": {"createdAt": at, "capacity": 96, "resistance": 97},
        },
        "charging": charging,
    }
    return {
        "createdAt": at,
        "type": "Electric",
        "level": 61.5,
        "autonomy": 187,
        "extension": {"electric": extension},
        **energy,
    }


def fuel(at: str = DATE, **energy: Any) -> Json:
    """Report the energy of type Fuel."""
    extension = {"fuel": {"consumptions": {"total": 20365.31, "instant": 5.4}}}
    return {"createdAt": at, "type": "Fuel", "level": 40, "autonomy": 280, "extension": extension, **energy}


def doors(at: str = DATE, *, opened: tuple[str, ...] = (), closed: tuple[str, ...] = ()) -> Json:
    """Report the doors."""
    opening = [{"identifier": name, "state": "Open"} for name in opened]
    opening += [{"identifier": name, "state": "Closed"} for name in closed]
    return {"createdAt": at, "lockedStates": ["Unlocked"], "opening": opening}


def position(at: str = DATE, longitude: float = 2.2945, latitude: float = 48.8584) -> Json:
    """Report the position."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [longitude, latitude, 35.0]},
        "properties": {"createdAt": at, "heading": 126},
    }


ALL: Final[Json] = {
    "createdAt": DATE,
    "updatedAt": DATE,
    "energies": [fuel(), electric()],
    "engines": [
        {
            "createdAt": DATE,
            "type": "Thermic",
            "speed": 1800.0,
            "extension": {
                "thermic": {
                    "oil": {"temp": 67.0, "level": 75},
                    "coolant": {"temp": 58.0, "level": 80},
                    "air": {"temp": 24.0},
                }
            },
        }
    ],
    "lightingSystem": {
        "createdAt": DATE,
        "turn": [{"direction": "Left", "status": "On"}, {"direction": "Right", "status": "Off"}],
        "fog": [{"position": "Front", "status": "Off"}, {"position": "Rear", "status": "On"}],
    },
    "service": {"createdAt": DATE, "type": "Hybrid"},
    "transmission": {"createdAt": DATE, "gearbox": {"ratio": "Ratio3"}},
    "wipingBlades": {"createdAt": DATE, "active": True, "speed": "Low"},
    "doorsState": doors(
        opened=("Driver", "RearRight", "RearWindow"), closed=("Passenger", "RearLeft", "Trunk", "RoofWindow")
    ),
    "battery": {"createdAt": DATE, "voltage": 93.0},
    "odometer": {"createdAt": DATE, "mileage": 12345.6},
    "environment": {
        "luminosity": {"createdAt": DATE, "day": True},
        "air": {"createdAt": DATE, "temp": 11.5},
    },
    "kinetic": {"createdAt": DATE, "moving": True, "speed": 42.0, "acceleration": -1.5},
    "powertrain": {"createdAt": DATE, "status": "Running"},
    "ignition": {"createdAt": DATE, "type": "Start"},
    "privacy": {"createdAt": DATE, "state": "None"},
    "drivingBehavior": {"createdAt": DATE, "mode": "ZEVEco"},
    "safety": {
        "createdAt": DATE,
        "beltStatus": [{"id": "Driver", "belt": "Normal"}, {"id": "Passenger", "belt": "Omission"}],
    },
    "alarm": {
        "status": {"createdAt": DATE, "activation": "Active"},
        "trigger": {"createdAt": DATE, "type": "TrunkDoorBreakIn", "startAt": "2026-09-30T22:00:00Z"},
    },
    "lastPosition": position(),
    "preconditioning": {
        "airConditioning": {
            "createdAt": DATE,
            "status": "Disabled",
            "startingCause": "Scheduled",
            "programs": [{"slot": slot, "enabled": False, "start": "PT7H30M"} for slot in range(1, 5)],
        }
    },
}

MAINTENANCE: Final[Json] = {"updatedAt": DATE, "daysBeforeMaintenance": -3, "mileageBeforeMaintenance": 8200.0}


def alert(name: str, kind: str, severity: str | None = None, *, active: bool = True) -> Json:
    """Make an alert; its id is such as `a1`."""
    made = {"id": name, "type": kind, "active": active, "startedAt": DATE, "createdAt": DATE, "updatedAt": DATE}
    return made | ({"severity": severity} if severity else {})


def trip(**consumptions: float) -> Json:
    """Make a trip of yesterday that took `Fuel` litres, `Electric` kWh or both."""
    stopped = dt_util.utcnow() - timedelta(days=1)
    return {
        "id": "t1",
        "createdAt": stopped.isoformat(),
        "updatedAt": stopped.isoformat(),
        "startedAt": (stopped - timedelta(minutes=30)).isoformat(),
        "stoppedAt": stopped.isoformat(),
        "duration": 1830,
        "distance": 18.25,
        "done": True,
        "energyConsumptions": [{"type": kind, "consumption": used} for kind, used in consumptions.items()],
    }


def answer(harness: Harness, car: Car, name: str, body: Json | list[Json]) -> None:
    """Let the vendor answer this when it is asked for a car's alerts, trips or maintenance."""
    document = body if isinstance(body, dict) else {"_embedded": {name: body}, "total": len(body)}
    harness.vendor.faults.add(Fault(method="GET", path=f"*/{name}", car=car, body=document, times=None))


def add_talkative_car(harness: Harness, status: Json = ALL, motorization: str = "Hybrid") -> Car:
    """Give the driver a car that reports all that a car can report, and is polled."""
    harness.refuse_push()
    [car] = harness.add_cars({"talkative": status}).values()
    car.motorization = motorization
    answer(harness, car, "maintenance", MAINTENANCE)
    answer(harness, car, "alerts", [alert("a1", "FuelLevelLow", "Warning"), alert("a2", "RiskOfIce", active=False)])
    answer(harness, car, "trips", [trip(Fuel=1.9, Electric=0.8)])
    return car
