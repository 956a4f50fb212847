"""Cars that are missing from the list of cars: the vendor is known to forget some, or all, for a while."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.util.dt import utcnow

from ..api.lenient import as_number, as_object, parse_date

GONE_AFTER: Final = timedelta(hours=23)
GONE_AFTER_LISTS: Final = 3
"""A car is gone if it has been missing for about a day, and from so many lists."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Since when a car has been missing, and from how many lists."""

    since: datetime
    lists: int

    @classmethod
    def restore(cls, stored: object) -> Absence | None:
        """Read what `as_dict` made; None if it cannot be read."""
        known: Mapping[str, Any] = as_object(stored)
        since, lists = parse_date(known.get("since")), as_number(known.get("lists"), least=1)
        return cls(since, int(lists)) if since and lists else None

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON."""
        return {"since": self.since.isoformat(), "lists": self.lists}


class Absences:
    """The cars of one account that are missing from the list, by VIN."""

    def __init__(self) -> None:
        """Start with none."""
        self._absences: dict[str, Absence] = {}

    def __contains__(self, vin: object) -> bool:
        """Return whether a car is missing."""
        return vin in self._absences

    def __bool__(self) -> bool:
        """Return whether any car is missing."""
        return bool(self._absences)

    def restore(self, vin: str, stored: object) -> None:
        """Go on with what `as_dict` made of a car."""
        if absence := Absence.restore(stored):
            self._absences[vin] = absence

    def as_dict(self, vin: str) -> dict[str, Any] | None:
        """Return since when a car has been missing, as JSON; None if it is not."""
        absence = self._absences.get(vin)
        return absence.as_dict() if absence else None

    def note(self, known: Collection[str], listed: Collection[str]) -> set[str]:
        """Take in a list that names some cars; returns those of the known cars that are gone."""
        now = utcnow()
        before, self._absences = self._absences, {}
        gone = set()
        for vin in set(known) - set(listed):
            earlier = before.get(vin, Absence(now, 0))
            absence = Absence(earlier.since, earlier.lists + 1)
            if absence.lists >= GONE_AFTER_LISTS and now - absence.since >= GONE_AFTER:
                gone.add(vin)
            else:
                self._absences[vin] = absence
        return gone
