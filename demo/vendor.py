"""The simulated vendor, with its cars in states worth trying and a log of what it sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from simulator import Delivery, Request, Simulator

# At this pace a car that is awake does what it is asked in about 3 s.
SPEED = 1.25


def vendor(directory: Path) -> Simulator:
    """Make a simulator: one car obeys at once, one is asleep and not plugged in, one has its boot open."""
    simulator = Simulator(directory, speed=SPEED)
    electric, combustion = simulator.cars["electric"], simulator.cars["combustion"]
    electric.asleep = electric.locked = False
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
        if message["type"] == "Monitor":
            said = [value["data"] for value in message["monitorEvent"]["values"]]
        else:
            said = [message["remoteEvent"]["remoteType"], *message["remoteEvent"]["eventStatus"].values()]
        yield " ".join(["message", *said, "taken with", f"{entry.status or 'no answer'}"])
