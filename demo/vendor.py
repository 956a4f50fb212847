"""The simulated vendor, with its cars in states worth trying and a log of what it sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from simulator import Delivery, Request, Simulator

# At this pace a car that is awake does what it is asked in about 3 s.
SPEED = 1.25

# Fast charging, in watts: one that can be watched.
CHARGING_POWER = 100_000.0


def vendor(directory: Path, garage_port: int) -> Simulator:
    """Make a simulator: one car charges and obeys at once, one is asleep and not plugged in, one has its boot open."""
    simulator = Simulator(directory, garage_port=garage_port, speed=SPEED)
    electric, hybrid, combustion = (simulator.cars[name] for name in ("electric", "hybrid", "combustion"))
    electric.asleep = electric.locked = False
    electric.charging_power = CHARGING_POWER
    electric.charging_status = "InProgress"
    electric.programs[1]["enabled"] = True
    hybrid.position = (2.3364, 48.8606)
    combustion.position = (2.3499, 48.8530)
    combustion.asleep = combustion.locked = False
    combustion.open_doors.add("Trunk")
    return simulator


@contextmanager
def logged(simulator: Simulator, path: Path) -> Iterator[None]:
    """Log each request and each message that is delivered, without secrets."""
    with path.open("w", buffering=1) as log:
        simulator.journal.listener = lambda entry: _log(entry, log)
        yield


def _log(entry: Request | Delivery, log: TextIO) -> None:
    now = datetime.now().astimezone()
    log.writelines(f"{now:%H:%M:%S.%f} {line}\n" for line in _describe(entry))


def _describe(entry: Request | Delivery) -> Iterator[str]:
    if isinstance(entry, Request):
        yield f"{entry.method} {entry.path} answered {entry.status or 'not at all'}"
        return
    for message in entry.messages:
        yield " ".join(["message", *_said(message), "taken with", f"{entry.status or 'no answer'}"])


def _said(message: dict[str, Any]) -> Iterator[str]:
    """Name what a message is about. What a car reports may be private, so only which data made the monitor speak."""
    if event := message.get("monitorEvent"):
        yield "Monitor"
        yield "reminder" if event["refresh"] else "event"
        yield from (value["data"] for value in event["values"])
    else:
        yield message["remoteEvent"]["remoteType"]
        yield from message["remoteEvent"]["eventStatus"].values()
