"""Read values out of JSON that may hold anything: one unreadable value must not cost the others.

What is read can be stored, and shown by Home Assistant: no number, text or date is without bounds.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
import json
import re
from typing import Any, Final

import orjson

MAX_TEXT: Final = 1024
"""Characters of the longest text that is read: a name, a word or an id."""
MAX_URL: Final = 4096
"""Characters of the longest address that is read."""
MAX_NUMBER: Final = 2.0**53
"""The largest number that is read: up to it, JSON holds whole numbers exactly."""
CLOCK_AHEAD: Final = timedelta(days=1)
"""How far a car's clock is believed to be ahead. Its dates are kept: they tell a new report from a repeated one."""
_MAX_DIGITS: Final = 20
_FIRST_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)


def decode(raw: bytes) -> str:
    """Return the text of an answer or a message, without a byte order mark.

    JSON is UTF-8 (RFC 8259, 8.1). An answer that is not is read as what its first bytes say, or as Latin-1, in which
    any bytes are a text: one word in it must not cost all others.
    """
    try:
        text = raw.decode(json.detect_encoding(raw))
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.strip("\ufeff \t\r\n")


def parse_json(text: str | bytes) -> Any:
    """Read JSON; bytes that are no text in its encoding cost their characters only. Raises ValueError if it is none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _parse_unusual_json(text)


def _parse_unusual_json(text: str | bytes) -> Any:
    """Read JSON that `orjson` refuses: in another encoding, with half of a surrogate pair, NaN or a huge number."""
    if isinstance(text, bytes):
        text = decode(text)
    try:
        return json.loads(text, parse_int=_parse_int)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _parse_int(digits: str) -> float:
    # Python raises ValueError for thousands of digits, and the rest of the JSON would be lost.
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def as_object(value: object) -> Mapping[str, Any]:
    """Return a JSON object, an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a JSON array, an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def as_objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a JSON array; an object alone counts as an array of one."""
    return [item for item in [value, *as_list(value)] if isinstance(item, dict)]


def as_text(value: object, longest: int = MAX_TEXT) -> str | None:
    """Return a text without surrounding blanks; None in place of an empty or too long text, or anything else.

    So is a text that cannot be stored: with half of a surrogate pair, which has no encoding, or a null character, which
    databases refuse.
    """
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        return None
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return None
    return value.strip() or None


def as_bool(value: object) -> bool | None:
    """Return true or false; None in place of anything else."""
    return value if isinstance(value, bool) else None


def as_number(value: object, least: float = -MAX_NUMBER, most: float = MAX_NUMBER) -> float | None:
    """Return a number within these bounds; None in place of other numbers, NaN, infinity and anything else."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most else None


def parse_date(value: object, *, ahead: timedelta = timedelta()) -> datetime | None:
    """Read an RFC 3339 date: without an offset it is UTC. None for anything else.

    A date to come becomes now, unless a clock that is `ahead` could have made it. One before 1970 is none,
    for no car means it.
    """
    if not isinstance(value, str):
        return None
    try:
        date = datetime.fromisoformat(value)
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
        if date < _FIRST_DATE:
            return None
        now = datetime.now(UTC)
        # A date far in the future would make all later reports look older.
        return date if date <= now + ahead else now
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
