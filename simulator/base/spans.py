"""Time ranges of the query parameter `timestamps`: `T1/T2`, `T1/duration`, `T1/`, `/T2`."""

from collections.abc import Iterable
from datetime import datetime

from .durations import parse_duration


def is_within(date: str, spans: Iterable[str]) -> bool:
    """Tell whether a date is in any of the ranges. Raise ValueError if a range cannot be read."""
    moment = datetime.fromisoformat(date)
    bounds = [_parse(span) for span in spans]
    return any((start is None or start <= moment) and (end is None or moment <= end) for start, end in bounds)


def _parse(span: str) -> tuple[datetime | None, datetime | None]:
    first, _, second = span.partition("/")
    start = datetime.fromisoformat(first) if first else None
    if start and second.startswith("P"):
        return start, start + parse_duration(second)
    return start, datetime.fromisoformat(second) if second else None
