"""The growing delay between tries of something that fails."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .api.errors import RateLimitError, SignInError, StellantisError, VendorError

# After some weeks of failures 2.0 ** failures would overflow.
_MAX_DOUBLINGS = 10
_WITH_DELAY = (RateLimitError, SignInError, VendorError)


def retry_delay(err: StellantisError | None, failures: int, *, first: float, longest: float) -> float:
    """Return the seconds until the next try after this error, the last of so many failures in a row.

    None stands for an answer that is no error and still not good enough. `first` is the delay after the first failure;
    each further one doubles it, up to `longest`. A longer delay that the vendor asks for is respected, and so is the
    time at which the sign-in is tried again.
    """
    delay = min(first * 2.0 ** min(failures - 1, _MAX_DOUBLINGS), longest)
    return max(delay, err.retry_after) if isinstance(err, _WITH_DELAY) else delay


class Retry:
    """The timer for the next try of something that fails. `failures` counts those in a row."""

    def __init__(self, hass: HomeAssistant, action: Callable[[], None], *, first: float, longest: float) -> None:
        """Start without a failure. `action` is called for each new try; the delays are those of `retry_delay`."""
        self._hass = hass
        self._action = action
        self._first = first
        self._longest = longest
        self._cancel: CALLBACK_TYPE | None = None
        self.failures = 0

    @property
    def pending(self) -> bool:
        """Whether another try is due."""
        return self._cancel is not None

    @callback
    def async_schedule(self, err: StellantisError) -> float:
        """Try again after one more failure; returns in how many seconds."""
        self.async_cancel()
        self.failures += 1
        delay = retry_delay(err, self.failures, first=self._first, longest=self._longest)
        self._cancel = async_call_later(self._hass, delay, self._async_run)
        return delay

    @callback
    def async_cancel(self) -> None:
        """Try no more by itself; the failures still count."""
        if self._cancel:
            self._cancel()
            self._cancel = None

    @callback
    def async_reset(self) -> None:
        """Begin anew after a success."""
        self.async_cancel()
        self.failures = 0

    @callback
    def _async_run(self, _now: datetime) -> None:
        self._cancel = None
        self._action()
