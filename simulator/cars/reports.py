"""The status of a car, in the three styles that real cars send."""

from typing import Any

from simulator.base.durations import format_duration
from simulator.base.fields import without_none

from . import charging
from .car import LAMPS, SEATS, Car

# The oil temperature in degrees Celsius that every thermic engine reports.
OIL_TEMPERATURE = 67.0

# Revolutions per minute of an engine that runs.
_ENGINE_SPEED = 1800.0


# Thermic cars report this temperature for a sensor that they do not have.
_NO_SENSOR = 215.0
# The highest charging rate of the contract, in kilometres of range per hour.
_HIGHEST_RATE = 500


def modern(car: Car) -> dict[str, Any]:
    """Report like a recent car: `energies`, `preconditioning`, `lockedStates`, and some older names as well."""
    report = _common(car) | {
        "lastPosition": _position(car, "createdAt", "Acquire"),
        "doorsState": {
            "createdAt": car.dates["doorsState"],
            "lockedStates": locked_states(car),
            "opening": _openings(car),
        },
        "kinetic": _kinetic(car),
        "powertrain": {"createdAt": car.dates["powertrain"], "status": "Running" if car.running else "Stopped"},
        "alarm": _alarm(car),
        "safety": {
            "createdAt": car.dates["safety"],
            "beltStatus": [{"id": seat, "belt": "Omission" if seat in car.unfastened else "Normal"} for seat in SEATS],
            "autoECallTriggering": car.emergency_call,
        },
        "drivingBehavior": {"createdAt": car.dates["drivingBehavior"], "mode": car.drive_mode},
        "lightingSystem": _lamps(car),
    }
    if car.battery_level is not None:
        report |= {
            "energies": [_modern_battery(car)],
            "energy": [_legacy_battery(car, "createdAt", "updatedAt")],
            "preconditioning": _preconditioning(car, "createdAt", "updatedAt"),
            "preconditionning": _preconditioning(car, "createdAt", "updatedAt"),
        }
    return without_none(report)


def legacy(car: Car) -> dict[str, Any]:
    """Report like an older car: `energy`, `preconditionning`, `lockedState`, and values for parts that it lacks."""
    report = _common(car) | {
        "lastPosition": _position(car, "updatedAt", "Estimated"),
        "doorsState": {
            "createdAt": car.dates["doorsState"],
            "lockedState": [*locked_states(car), "RearDoorsLocked" if car.locked else "RearDoorsUnlocked"],
            # Some real cars without a sunroof always report it as open.
            "opening": [*_openings(car), {"identifier": "RoofWindow", "state": "Open"}],
        },
        "kinetic": _kinetic(car),
        "engines": [
            {
                "type": "Thermic",
                "speed": _ENGINE_SPEED if car.running else 0.0,
                "createdAt": car.dates["engines"],
                "extension": {
                    "thermic": {
                        "coolant": {"temp": 58.0, "level": 80},
                        "oil": {"temp": OIL_TEMPERATURE, "level": 75},
                        "air": {"temp": 24.0},
                    }
                },
            }
        ],
        "service": {"type": "Hybrid", "updatedAt": car.dates["service"]},
        "energy": [
            {"updatedAt": car.dates["energies"], "type": "Fuel", "level": _level(car.fuel_level)},
            _legacy_battery(car, "updatedAt"),
        ],
        "preconditionning": _preconditioning(car, "updatedAt"),
    }
    report["odometer"]["createdAt"] = None
    report["timed.odometer"] = report["odometer"]
    return without_none(report)


def plain(car: Car) -> dict[str, Any]:
    """Report like a thermic car: no position, and values for sensors that it lacks."""
    report = _common(car) | {
        "doorsState": {
            "createdAt": car.dates["doorsState"],
            "lockedStates": ["SuperLocked" if car.locked else "Unlocked", *car.unlocked_parts],
            "opening": _openings(car),
        },
        "engines": [
            {
                "createdAt": car.dates["engines"],
                "type": "Thermic",
                "extension": {
                    "thermic": {
                        "coolant": {"temp": _NO_SENSOR},
                        "oil": {"temp": OIL_TEMPERATURE},
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
                "level": _level(car.fuel_level),
                "autonomy": car.fuel_autonomy,
                "extension": {"fuel": {"consumptions": _fuel_consumptions(car)}},
            }
        ],
        "kinetic": _kinetic(car),
    }
    return without_none(report)


def _common(car: Car) -> dict[str, Any]:
    return {
        "ignition": {"createdAt": car.dates["ignition"], "type": "Start" if car.running else "Stop"},
        "battery": {"createdAt": car.dates["battery"], "voltage": 93.0},
        "privacy": {"createdAt": car.dates["privacy"], "state": car.privacy},
        "environment": {
            "luminosity": {"createdAt": car.dates["environment"], "day": car.daylight},
            "air": {"createdAt": car.dates["environment"], "temp": car.air_temperature},
        },
        "odometer": {"createdAt": car.dates["odometer"], "mileage": round(car.mileage, 1)},
        "stolen": _theft(car),
        "createdAt": max(car.dates.values()),
        "updatedAt": max(car.dates.values()),
    }


def _theft(car: Car) -> dict[str, Any] | None:
    """Report the block `stolen`. The OpenAPI file lacks it. As with real cars, `state` stays true after the end."""
    if car.stolen is None or not car.reports_stolen:
        return None
    state = car.stolen or car.found_at is not None
    return without_none({"state": state, "startedAt": car.stolen_at, "endAt": car.found_at})


def _position(car: Car, date: str, how: str) -> dict[str, Any] | None:
    if car.privacy != "None":
        return None
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [*car.position, 35.0]},
        "properties": {
            date: car.dates["lastPosition"],
            "heading": car.heading,
            "type": how,
            "signalQuality": 9,
            "fixStatus": "3D",
        },
    }


def locked_states(car: Car) -> list[str]:
    """Return the words for what is locked and what is not."""
    return ["Locked" if car.locked else "Unlocked", *car.unlocked_parts]


def _openings(car: Car) -> list[dict[str, str]]:
    return [
        {"identifier": opening, "state": "Open" if opening in car.open_doors else "Closed"} for opening in car.openings
    ]


def _kinetic(car: Car) -> dict[str, Any]:
    kinetic = {"createdAt": car.dates["kinetic"], "moving": car.moving}
    return kinetic | {"speed": car.speed, "acceleration": 0.0} if car.moving else kinetic


def _lamps(car: Car) -> dict[str, Any]:
    places = {"turn": "direction", "fog": "position"}
    lamps: dict[str, list[dict[str, str]]] = {"turn": [], "fog": []}
    for kind, place in LAMPS:
        lamps[kind].append({places[kind]: place, "status": "On" if (kind, place) in car.lit else "Off"})
    return {"createdAt": car.dates["lightingSystem"], **lamps}


def _fuel_consumptions(car: Car) -> dict[str, float]:
    """Report what the car has used in all, in centilitres, and what it uses now, in litres per 100 km."""
    usual = car.tank * 100 / car.fuel_range
    return {"total": round(car.mileage * usual, 2), "instant": round(usual, 1) if car.moving else 0.0}


def _alarm(car: Car) -> dict[str, Any]:
    date = car.dates["alarm"]
    alarm: dict[str, Any] = {"status": {"createdAt": date, "activation": "Active" if car.locked else "Inactive"}}
    if car.break_in:
        alarm["trigger"] = {"createdAt": date, "type": car.break_in.type, "startAt": car.break_in.started_at}
    return alarm


def reported_level(car: Car) -> float | None:
    """Return the level of the battery as the car has it."""
    return car.battery_level if car.reported_level is None else car.reported_level


def _level(level: float | None) -> float | None:
    return None if level is None else round(level, 1)


def _modern_battery(car: Car) -> dict[str, Any]:
    date, level = car.dates["energies"], car.battery_level or 0.0
    return {
        "createdAt": date,
        "type": "Electric",
        "subType": "ElectricEnergy",
        "level": _level(reported_level(car)),
        "autonomy": car.electric_autonomy,
        "extension": {
            "electric": {
                "battery": {
                    "load": {
                        "createdAt": date,
                        "capacity": car.battery_capacity,
                        "residual": round(level * car.battery_capacity / 100),
                    },
                    "health": {"createdAt": date, "capacity": 96, "resistance": 98},
                },
                "charging": _charging(car)
                | {"type": car.charging_type, "schedule": {"programs": list(car.charging_programs)}},
            }
        },
    }


def _legacy_battery(car: Car, *dates: str) -> dict[str, Any]:
    return {
        **dict.fromkeys(dates, car.dates["energies"]),
        "type": "Electric",
        "level": _level(reported_level(car)),
        "autonomy": car.electric_autonomy,
        "charging": _charging(car),
    }


def _charging(car: Car) -> dict[str, Any]:
    in_progress = car.charging_status == "InProgress"
    report = {
        "plugged": car.plugged,
        "status": car.charging_status,
        "remainingTime": format_duration(charging.remaining(car)) if in_progress else "PT0S",
        # Kilometres of range per hour.
        "chargingRate": min(round(charging.speed(car) * 36 * car.battery_range), _HIGHEST_RATE) if in_progress else 0,
        "chargingMode": "Slow" if in_progress else "No",
        "chargingPowerLevel": car.charging_level,
        "nextDelayedTime": car.next_delayed,
    }
    return without_none(report)


def _preconditioning(car: Car, *dates: str) -> dict[str, Any]:
    return {
        "airConditioning": {
            **dict.fromkeys(dates, car.dates["preconditioning"]),
            "status": car.preconditioning,
            **({"startingCause": "Immediate"} if car.preconditioning == "Enabled" else {}),
            "programs": [program for _, program in sorted(car.programs.items())],
        }
    }
