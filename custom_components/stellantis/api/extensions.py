"""What can be asked for with the list of cars (docs/vendor-api.md, "Where the sources disagree")."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .lenient import as_object, parse_date

_CHOICES: Final = (
    ("onboardCapabilities", "branding", "pictures"),
    ("onboardCapabilities", "branding"),
    ("branding", "pictures"),
    (),
)
"""What is asked for, one after the other, until the vendor takes it."""

TRY_ALL_AFTER: Final = timedelta(days=1)
"""How long fewer extensions are asked for before all of them are tried again."""


class VehicleExtensions:
    """The extensions that the vendor takes. `on_change` is called with what to pass as `stored` after a restart."""

    def __init__(self, stored: object = None, on_change: Callable[[Mapping[str, Any]], None] | None = None) -> None:
        """Go on with what was stored; with all extensions if that cannot be read."""
        known: Mapping[str, Any] = as_object(stored)
        choices = [list(names) for names in _CHOICES]
        names = known.get("names")
        self._kept = choices.index(names) if names in choices else 0
        self._all_tried_at = parse_date(known.get("tried_at"))
        self._on_change = on_change

    def choices(self) -> list[tuple[str, ...]]:
        """Return what to ask for, one after the other."""
        if self._all_tried_at is None or _now() >= self._all_tried_at + TRY_ALL_AFTER:
            self._all_tried_at = None
            return list(_CHOICES)
        return list(_CHOICES[self._kept :])

    def keep(self, names: tuple[str, ...]) -> None:
        """Go on with what the vendor has taken."""
        before = (self._kept, self._all_tried_at)
        self._kept = _CHOICES.index(names)
        if self._kept == 0:
            self._all_tried_at = None
        elif self._all_tried_at is None:
            self._all_tried_at = _now()
        if (self._kept, self._all_tried_at) != before and self._on_change:
            self._on_change(self._as_dict())

    def _as_dict(self) -> dict[str, Any]:
        if self._all_tried_at is None:
            return {}
        return {"names": list(_CHOICES[self._kept]), "tried_at": self._all_tried_at.isoformat()}


def _now() -> datetime:
    return datetime.now(UTC)
