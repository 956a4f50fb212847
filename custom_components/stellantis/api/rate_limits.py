"""How many requests the vendor still allows, and how long a 429 asks to wait (docs/vendor-api.md, "Reading")."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
import math
import re
from time import monotonic
from typing import Final

from .errors import RateLimitError

RETRY_AFTER: Final = 60.0
"""Seconds to wait after a 429 that names no time."""
RETRY_AFTER_LONGEST: Final = 86400.0
"""The longest wait that is accepted: the window of the daily limit."""
RESERVE: Final = 0.1
"""The share of a day's requests that is kept for commands: cars are not read once only this much remains."""
RESERVE_RETRY: Final = 3600.0
"""Seconds until cars are read again after requests were kept for commands."""
BURST: Final = 1.0
"""Seconds that the window of the burst limit lasts."""

_SECONDS: Final = re.compile(r"[0-9]+(\.[0-9]*)?")
# Longer ones are no numbers of requests, and Python refuses to read very long ones.
_COUNT: Final = re.compile(r"[0-9]{1,15}")
# The year 2001. As a wait it would be 31 years.
_OLDEST_UNIX_TIME: Final = 1e9


class SavingError(RateLimitError):
    """No request was sent: the rest of the daily limit is kept for commands, or the vendor asked to wait."""


class RateLimits:
    """The limits of one app from the latest answer; None before the first."""

    def __init__(self) -> None:
        """Start with no limit known: every request is allowed."""
        self.daily_limit: int | None = None
        self.daily_remaining: int | None = None
        self.burst_remaining: int | None = None
        self._told_at = monotonic()
        self._resumes_at = 0.0

    def note(self, headers: Mapping[str, str]) -> None:
        """Keep the limits in the headers of an answer."""
        self.daily_limit = _number(headers, "X-RateLimit-Limit-1", self.daily_limit)
        self.daily_remaining = _number(headers, "X-RateLimit-Remaining-1", self.daily_remaining)
        self.burst_remaining = _number(headers, "X-RateLimit-Remaining-2", None)
        self._told_at = monotonic()

    def pause(self, seconds: float) -> None:
        """Refuse to read cars for so many seconds: the vendor has answered 429."""
        self._resumes_at = monotonic() + seconds

    def check(self) -> None:
        """Raise SavingError if no car may be read now."""
        if (wait := self._resumes_at - monotonic()) > 0:
            raise SavingError(wait)
        if self.daily_limit is None or self.daily_remaining is None or monotonic() - self._told_at >= RESERVE_RETRY:
            return
        if self.daily_remaining <= self.daily_limit * RESERVE:
            raise SavingError(RESERVE_RETRY)

    async def pace(self) -> None:
        """Wait, if the requests of this second are used up."""
        if self.burst_remaining == 0:
            await asyncio.sleep(max(0.0, self._told_at + BURST - monotonic()))
            self.burst_remaining = None


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds to wait after a 429.

    `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3), `X-RateLimit-Reset` a number of seconds; other
    vendors' is a Unix time. A date is compared with that of the answer: one of the two clocks may be wrong. A wait that
    is over before it begins says nothing.
    """
    now = _date(headers.get("Date", "")) or datetime.now(UTC).timestamp()
    for header in ("Retry-After", "X-RateLimit-Reset"):
        value = headers.get(header, "").strip()
        seconds = float(value) if _SECONDS.fullmatch(value) else None
        date = _date(value) if seconds is None else _unix_time(seconds)
        if date is not None:
            seconds = date - now
        if seconds is not None and seconds >= 0:
            return min(seconds, RETRY_AFTER_LONGEST)
    return RETRY_AFTER


def _date(value: str) -> float | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = parse(value)
            return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
        except ValueError, TypeError, OverflowError:
            continue
    return None


def _unix_time(seconds: float) -> float | None:
    """Return a number as a Unix time if it is too large for a wait: in seconds, or in milliseconds."""
    if seconds < _OLDEST_UNIX_TIME or seconds == math.inf:
        return None
    return seconds / 1000 if seconds >= 1000 * _OLDEST_UNIX_TIME else seconds


def _number(headers: Mapping[str, str], name: str, otherwise: int | None) -> int | None:
    value = headers.get(name, "").strip()
    return int(value) if _COUNT.fullmatch(value) else otherwise
