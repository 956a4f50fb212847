"""A car's collisions: `GET .../collisions` (docs/vendor-api.md, "Reading")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from .lenient import CLOCK_AHEAD, as_bool, as_objects, as_text, parse_date
from .words import slug

type Json = Mapping[str, Any]

_MAX_IMPACTS: Final = 10
_SEVERITIES: Final = ("minimal", "minor", "major")


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """One impact of a collision: the vendor's words as slugs, such as `front` and `major`."""

    side: str | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollisionRecord:
    """A collision as the vendor has recorded it, the hardest impact first. What the car has no sensor for is None."""

    id: str = field(repr=False)
    at: datetime
    impacts: tuple[Impact, ...] = ()
    tipped_over: bool | None = None
    pedestrian: bool | None = None


def read_collision(collision: Json) -> CollisionRecord | None:
    """Read a collision; None if it cannot be told when it was."""
    written = as_text(collision.get("createdAt")) or as_text(collision.get("updatedAt"))
    at = parse_date(written, ahead=CLOCK_AHEAD)
    if written is None or at is None:
        return None
    impacts = [
        Impact(side=slug(as_text(item.get("side"))), severity=slug(as_text(item.get("severity"))))
        for item in as_objects(collision.get("details"))[:_MAX_IMPACTS]
    ]
    return CollisionRecord(
        id=as_text(collision.get("id")) or written,
        at=at,
        impacts=tuple(sorted(impacts, key=_hardness, reverse=True)),
        tipped_over=as_bool(collision.get("tippedOver")),
        pedestrian=as_bool(collision.get("pedestrian")),
    )


def _hardness(impact: Impact) -> int:
    return _SEVERITIES.index(impact.severity) if impact.severity in _SEVERITIES else -1
