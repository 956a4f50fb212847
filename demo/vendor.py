"""The simulator of the demo: the first state of its cars, and a log of its traffic."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from simulator import Connection, Entry, Request, Simulator

from .history import add_trips

# At this speed a car that is awake carries out a remote in about 3 s.
SPEED = 1.25

# In watts. Fast, so that the battery level rises while one watches.
CHARGING_POWER = 100_000.0


def make_simulator(directory: Path, garage_port: int) -> Simulator:
    """Make a simulator: one car is awake and charges, one is asleep and not plugged in, one has its boot open."""
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
    add_trips(simulator, datetime.now(UTC))
    return simulator


@contextmanager
def log_traffic(simulator: Simulator, path: Path) -> Iterator[None]:
    """Log each request and each delivered message to a file, without secrets."""
    with path.open("w", buffering=1) as log:
        simulator.journal.listener = lambda entry: _log(entry, log)
        yield


def _log(entry: Entry, log: TextIO) -> None:
    now = datetime.now().astimezone()
    log.writelines(f"{now:%H:%M:%S.%f} {line}\n" for line in _describe(entry))


def _describe(entry: Entry) -> Iterator[str]:
    if isinstance(entry, Request):
        yield f"{entry.method} {entry.path} answered {entry.status or 'not at all'}"
        return
    if isinstance(entry, Connection):
        yield f"websocket answered {entry.status or 'not at all'}"
        return
    for message in entry.messages:
        yield " ".join(["message", *_summarize(message), "taken with", f"{entry.status or 'no answer'}"])


def _summarize(message: dict[str, Any]) -> Iterator[str]:
    """Name the subject of a message. Of a monitor, name the data but not their values: these may be private."""
    if event := message.get("monitorEvent"):
        yield "Monitor"
        yield "reminder" if event["refresh"] else "event"
        yield from (value["data"] for value in event["values"])
    else:
        yield message["remoteEvent"]["remoteType"]
        yield from message["remoteEvent"]["eventStatus"].values()
