"""The three kinds of cars that the simulator starts with."""

from . import reports
from .capabilities import REMOTES, capabilities
from .car import OPENINGS, Car


def electric(name: str, brand: str, label: str) -> Car:
    """Make an electric car that takes every remote. It is plugged in and waits for its delayed charge."""
    return Car(
        name=name,
        brand=brand,
        label=label,
        motorization="Electric",
        report=reports.modern,
        color="#2f6fd6",
        capabilities=capabilities(*REMOTES),
        openings=OPENINGS,
        battery_level=62.0,
        plugged=True,
        charging_status="Stopped",
        next_delayed="PT22H30M",
        charging_level="Level1",
    )


def hybrid(name: str, brand: str, label: str) -> Car:
    """Make a plug-in hybrid without horn and lights. It can start, stop and delay a charge, but has no programs for it.

    It reports an older style of status and no maintenance.
    """
    return Car(
        name=name,
        brand=brand,
        label=label,
        motorization="Hybrid",
        report=reports.legacy,
        color="#c0392b",
        capabilities=capabilities(
            "door",
            "charging",
            "preconditioning",
            "wakeup",
            charging={
                "schedule": {"programs": {"supported": False}, "nextDelayedTime": True},
                "preferences": {"level": False, "type": False},
            },
        ),
        fuel_level=71.0,
        battery_level=48.0,
        battery_range=50.0,
        battery_capacity=11000,
        charging_power=3700.0,
        maintenance=None,
    )


def combustion(name: str, brand: str, label: str) -> Car:
    """Make a car with a combustion engine. It takes the remotes doors, horn, lights and wake-up."""
    return Car(
        name=name,
        brand=brand,
        label=label,
        motorization="Thermic",
        report=reports.plain,
        color="#7f8c8d",
        capabilities=capabilities("door", "horn", "lights", "wakeup"),
        fuel_level=55.0,
    )
