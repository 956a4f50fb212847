"""Read values out of JSON that may hold anything: one unreadable value must not cost the others."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
import re
import sys
from typing import Any, Final


def as_object(value: object) -> Mapping[str, Any]:
    """Return a JSON object, an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a JSON array, an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def as_objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a JSON array; an object alone counts as an array of one."""
    return [item for item in [value, *as_list(value)] if isinstance(item, dict)]


def as_text(value: object) -> str | None:
    """Return a text without surrounding blanks; None in place of an empty text or anything else."""
    return value.strip() or None if isinstance(value, str) else None


def as_bool(value: object) -> bool | None:
    """Return true or false; None in place of anything else."""
    return value if isinstance(value, bool) else None


def as_number(value: object, least: float = -sys.float_info.max, most: float = sys.float_info.max) -> float | None:
    """Return a number within these bounds; None in place of other numbers, NaN, infinity and anything else."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most else None


def parse_date(value: object) -> datetime | None:
    """Read an RFC 3339 date: without an offset it is UTC, a future one becomes now. None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        date = datetime.fromisoformat(value)
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
        # If the car's clock is ahead, its date would make all later reports look older.
        return min(date, datetime.now(UTC))
    except ValueError, OverflowError:
        return None


# Few digits, so that `timedelta` cannot overflow.
_DURATION: Final = re.compile(
    r"P(?=.)(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,5})M)?(?:(?P<seconds>\d{1,7})S)?)?",
    re.ASCII,
)


def parse_duration(value: object) -> timedelta | None:
    """Read an ISO 8601 duration of days, hours, minutes and seconds; None for anything else."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return timedelta(**{unit: int(count or 0) for unit, count in match.groupdict().items()}) if match else None


def format_duration(duration: timedelta) -> str:
    """Write a duration of less than a day as ISO 8601, such as PT14H30M."""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    return "PT" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0S")
