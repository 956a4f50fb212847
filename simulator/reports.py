"""The vendor's JSON about a car: its status in the three styles that real cars send, its capabilities."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cars import Car

REMOTES = ("door", "horn", "lights", "charging", "preconditioning", "wakeup", "navigation")

_OPENINGS = ("Driver", "Passenger", "RearLeft", "RearRight", "Trunk")

# What older and thermic cars report for a sensor that is not there.
_NO_SENSOR = 215.0

_PARAMETERS: dict[str, Any] = {
    "charging": {
        "immediate": {"start": True, "stop": True},
        "schedule": {"programs": {"supported": False}, "nextDelayedTime": True},
        "preferences": {"level": True, "type": True},
    },
    "preconditioning": {"programs": {"size": 4}, "immediate": True},
}

_DATA = ("data:telemetry", "data:position", "data:trip", "data:alert")


def capabilities(*supported: str) -> dict[str, Any]:
    """Make the extension `onboardCapabilities` of a car that supports these of `REMOTES`."""
    return {"data": list(_DATA), "remote": {remote: _capability(remote, supported) for remote in REMOTES}}


def _capability(remote: str, supported: tuple[str, ...]) -> dict[str, Any]:
    capability: dict[str, Any] = {"supported": remote in supported, "scopeName": f"remote:{remote}:write"}
    if remote in _PARAMETERS:
        capability["parameters"] = _PARAMETERS[remote] if remote in supported else {}
    return capability


def modern(car: Car) -> dict[str, Any]:
    """Report as today's cars do: `energies`, `preconditioning`, `lockedStates`."""
    report = _common(car) | {
        "lastPosition": _position(car),
        "doorsState": {
            "createdAt": car.dates["doorsState"],
            "lockedStates": _locked_states(car),
            "opening": _openings(car),
        },
        "kinetic": {"createdAt": car.dates["kinetic"], "moving": car.moving},
    }
    if car.battery_level is not None:
        report["energies"] = [
            {
                "createdAt": car.dates["energies"],
                "type": "Electric",
                "subType": "ElectricEnergy",
                "level": car.battery_level,
                "autonomy": round(car.battery_level * 3.2),
                "extension": {
                    "electric": {
                        "battery": {
                            "load": {
                                "createdAt": car.dates["energies"],
                                "capacity": 46000,
                                "residual": round(car.battery_level * 460),
                            },
                            "health": {
                                "createdAt": car.dates["energies"],
                                "capacity": 96,
                                "resistance": 98,
                            },
                        },
                        "charging": _charging(car) | {"schedule": {"programs": []}},
                    }
                },
            }
        ]
        report["preconditioning"] = _preconditioning(car, "createdAt")
    return report


def legacy(car: Car) -> dict[str, Any]:
    """Report as older cars do: `energy`, `preconditionning`, `lockedState`, and things that are not there."""
    report = _common(car) | {
        "lastPosition": _position(car),
        "doorsState": {
            "createdAt": car.dates["doorsState"],
            "lockedState": [*_locked_states(car), "RearDoorsLocked" if car.locked else "RearDoorsUnlocked"],
            # A car without an opening roof says this all its life.
            "opening": [*_openings(car), {"identifier": "RoofWindow", "state": "Open"}],
        },
        "engines": [{"type": "Thermic", "speed": 0.0, "createdAt": car.dates["engines"]}],
        "service": {"type": "Hybrid", "updatedAt": car.dates["service"]},
        "energy": [
            {"updatedAt": car.dates["energies"], "type": "Fuel", "level": car.fuel_level},
            {
                "updatedAt": car.dates["energies"],
                "type": "Electric",
                "level": car.battery_level,
                "autonomy": round((car.battery_level or 0) * 0.5),
                "charging": _charging(car),
            },
        ],
        "preconditionning": _preconditioning(car, "updatedAt"),
    }
    report["odometer"]["createdAt"] = None
    return report


def plain(car: Car) -> dict[str, Any]:
    """Report as a thermic car does: no position, sensors that are not there."""
    return _common(car) | {
        "doorsState": {
            "createdAt": car.dates["doorsState"],
            "lockedStates": ["SuperLocked" if car.locked else "Unlocked"],
            "opening": _openings(car),
        },
        "engines": [
            {
                "createdAt": car.dates["engines"],
                "type": "Thermic",
                "extension": {
                    "thermic": {
                        "coolant": {"temp": _NO_SENSOR},
                        "oil": {"temp": 67.0},
                        "air": {"temp": _NO_SENSOR},
                    }
                },
            }
        ],
        "energies": [
            {
                "createdAt": car.dates["energies"],
                "type": "Fuel",
                "subType": "FossilEnergy",
                "level": car.fuel_level,
                "autonomy": round((car.fuel_level or 0) * 7),
            }
        ],
        "kinetic": {"createdAt": car.dates["kinetic"], "moving": car.moving},
    }


def _common(car: Car) -> dict[str, Any]:
    return {
        "ignition": {"createdAt": car.dates["ignition"], "type": "Start" if car.moving else "Stop"},
        "battery": {"createdAt": car.dates["battery"], "voltage": 93.0},
        "privacy": {"createdAt": car.dates["privacy"], "state": car.privacy},
        "environment": {
            "luminosity": {"createdAt": car.dates["environment"], "day": True},
            "air": {"createdAt": car.dates["environment"], "temp": 11.5},
        },
        "odometer": {"createdAt": car.dates["odometer"], "mileage": car.mileage},
        "createdAt": max(car.dates.values()),
        "updatedAt": max(car.dates.values()),
    }


def _position(car: Car) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [*car.position, 35.0]},
        "properties": {
            "createdAt": car.dates["lastPosition"],
            "heading": 126,
            "type": "Acquire",
            "signalQuality": 9,
            "fixStatus": "3D",
        },
    }


def _locked_states(car: Car) -> list[str]:
    return ["Locked"] if car.locked else ["Unlocked"]


def _openings(car: Car) -> list[dict[str, str]]:
    return [
        {"identifier": opening, "state": "Open" if opening in car.open_doors else "Closed"} for opening in _OPENINGS
    ]


def _charging(car: Car) -> dict[str, Any]:
    charging = car.charging_status == "InProgress"
    return {
        "plugged": car.plugged,
        "status": car.charging_status,
        "remainingTime": "PT2H30M" if charging else "PT0S",
        "chargingRate": 24 if charging else 0,
        "chargingMode": "Slow" if charging else "No",
        "nextDelayedTime": "PT22H30M",
    }


def _preconditioning(car: Car, date: str) -> dict[str, Any]:
    return {
        "airConditioning": {
            date: car.dates["preconditioning"],
            "status": car.preconditioning,
            "programs": [
                {
                    "enabled": False,
                    "slot": 1,
                    "recurrence": "Daily",
                    "start": "PT7H40M",
                    "occurence": {"day": ["Mon", "Tue", "Wed", "Thu", "Fri"]},
                }
            ],
        }
    }
