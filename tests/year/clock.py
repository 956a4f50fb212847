"""A clock that can be put forward, for everybody in the process: Home Assistant, the vendor and the cars."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final
from zoneinfo import ZoneInfo

import freezegun
import pytest

PARIS: Final = ZoneInfo("Europe/Paris")


class Clock:
    """The clock. Between two times that it is put forward, it goes on as always.

    `asyncio` reads another clock than `datetime`: both are put forward, so that each timer fires when it is due.
    """

    def __init__(self, frozen: Any) -> None:
        """Have the loop read this clock, until the loop is closed: it must not go backwards."""
        self._frozen = frozen
        self._passed = 0.0
        asyncio.get_running_loop().time = self.monotonic  # type: ignore[method-assign]

    def monotonic(self) -> float:
        """Return seconds that only ever grow."""
        return monotonic() + self._passed

    def now(self) -> datetime:
        """Return the time where the cars are."""
        return datetime.now(PARIS)

    def forward(self, seconds: float) -> None:
        """Put the clock forward."""
        self._frozen.tick(timedelta(seconds=seconds))
        self._passed += seconds


def before_the_clock_changes() -> datetime:
    """Return a midnight in the cars' time zone, some days from today: a day later the clocks are changed."""
    day = datetime.now(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
    while True:
        day += timedelta(days=1)
        if (day + timedelta(days=2)).utcoffset() != (day + timedelta(days=1)).utcoffset():
            return day


@contextmanager
def started(start: datetime, monkeypatch: pytest.MonkeyPatch) -> Generator[Clock]:
    """Begin at this time."""
    for name in ("monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"):
        monkeypatch.setattr(freezegun.api, f"fake_{name}", getattr(freezegun.api, f"real_{name}"))
    # Otherwise freezegun shows the real time to threads.
    monkeypatch.setattr(freezegun.api, "call_stack_inspection_limit", 0)
    with freezegun.freeze_time(start.astimezone(UTC), tick=True) as frozen:
        yield Clock(frozen)
