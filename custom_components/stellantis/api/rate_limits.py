"""How many requests the vendor still allows, by its own word (contract, "Reading")."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Final

from .errors import RateLimitError

RESERVE: Final = 0.1
"""The share of a day's requests that is left for commands: nothing is read once no more than that remains."""
RESERVE_RETRY: Final = 3600.0
"""Seconds until a reading is tried again that would have used what is left for commands."""
BURST: Final = 1.0
"""Seconds that the window of the burst limit lasts."""


class SavingError(RateLimitError):
    """Nothing was asked: what the vendor still allows today is left for commands, or it wants no request for now."""


class RateLimits:
    """The limits of one app, as the latest answer told them; None until one has."""

    def __init__(self) -> None:
        """Start with nothing known, which forbids nothing."""
        self.daily_limit: int | None = None
        self.daily_remaining: int | None = None
        self.burst_remaining: int | None = None
        self._told_at = monotonic()
        self._resumes_at = 0.0

    def note(self, headers: Mapping[str, str]) -> None:
        """Keep what the headers of an answer say."""
        self.daily_limit = _number(headers, "X-RateLimit-Limit-1", self.daily_limit)
        self.daily_remaining = _number(headers, "X-RateLimit-Remaining-1", self.daily_remaining)
        self.burst_remaining = _number(headers, "X-RateLimit-Remaining-2", None)
        self._told_at = monotonic()

    def pause(self, seconds: float) -> None:
        """Let no reading through for so many seconds: the vendor has refused a request (429)."""
        self._resumes_at = monotonic() + seconds

    def check(self) -> None:
        """Raise SavingError if nothing may be read now."""
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


def _number(headers: Mapping[str, str], name: str, otherwise: int | None) -> int | None:
    value = headers.get(name, "")
    return int(value) if value.isdecimal() and value.isascii() else otherwise
