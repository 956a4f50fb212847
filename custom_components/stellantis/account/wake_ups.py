"""How often a car is woken: each time drains the 12 V battery, and the vendor limits wake-ups per month."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from homeassistant.util import dt as dt_util

from ..api.lenient import as_number, as_object, as_text


class WakeUps:
    """The wake-ups of one car in this month, by the clock of Home Assistant's time zone.

    `Commands` decides what counts: a remote that wakes the car up once the vendor has accepted it, any other one once
    the vendor reports that it is waking the car.
    """

    def __init__(self, stored: object) -> None:
        """Go on with what `as_dict` made, if it is of this month."""
        known: Mapping[str, Any] = as_object(stored)
        self._month = as_text(known.get("month")) or ""
        self._count = int(as_number(known.get("count"), least=0) or 0)
        self._refused = known.get("refused") is True

    @property
    def count(self) -> int:
        """How often Home Assistant has woken the car this month."""
        return self._count if self._month == _month() else 0

    @property
    def refused(self) -> bool:
        """Whether the vendor has said that there were too many this month."""
        return self._refused and self._month == _month()

    def add(self, at: datetime) -> None:
        """Count one more, of this time. One of an earlier month changes nothing."""
        self._begin_month()
        if self._month == _month_of(at):
            self._count += 1

    def take_back(self, at: datetime) -> None:
        """Count one fewer: a wake-up of this time was refused. One of an earlier month changes nothing."""
        self._begin_month()
        if self._month == _month_of(at):
            self._count = max(self._count - 1, 0)

    def refuse(self, at: datetime) -> None:
        """Remember that the vendor has refused a wake-up, if it did so this month."""
        self._begin_month()
        if self._month == _month_of(at):
            self._refused = True

    def accept(self) -> None:
        """Forget a refusal: the vendor has woken the car since."""
        self._refused = False

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON."""
        return {"month": self._month, "count": self._count, "refused": self._refused}

    def _begin_month(self) -> None:
        if self._month != _month():
            self._month, self._count, self._refused = _month(), 0, False


def _month() -> str:
    return _month_of(dt_util.utcnow())


def _month_of(at: datetime) -> str:
    return dt_util.as_local(at).strftime("%Y-%m")
