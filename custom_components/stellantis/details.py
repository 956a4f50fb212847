"""What a status does not hold, such as the next maintenance: read by itself, and tried again by itself."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.dt import utcnow

from .api.errors import NoDataError, StellantisError
from .api.status import Status
from .backoff import Retry

_LOGGER = logging.getLogger(__name__)

RETRY_FIRST: Final = 60.0
"""Seconds until a read that failed is tried again: doubled by each failure."""
RECENT: Final = timedelta(hours=12)
"""For how long a detail need not be read again, if the car has reported nothing since."""


class Detail:
    """One detail of a car. `known` says whether it has been read since the start.

    `read` reads it, `report` takes it in. What fails is tried again later and later, at most every `longest` seconds.
    `read_at` is when it was last read, be it before a restart; None if it has changed since, as far as is known.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        read: Callable[[], Awaitable[Status]],
        report: Callable[[Status], None],
        *,
        longest: float,
        read_at: datetime | None,
    ) -> None:
        """Start without a read."""
        self._hass = hass
        self._entry = entry
        self._read = read
        self._report = report
        self._retry = Retry(hass, self._async_try_again, first=RETRY_FIRST, longest=longest)
        self._closed = False
        self._reading: object = None  # the latest read, unless the detail may have changed since it began
        self.known = False
        self.read_at = read_at

    @property
    def recent(self) -> bool:
        """Whether it was read so lately that it only has to be read again if the car has reported something since."""
        return self.read_at is not None and utcnow() - self.read_at < RECENT

    async def async_read(self) -> None:
        """Read the detail now."""
        self._retry.async_cancel()
        self.read_at = None
        self._reading = reading = object()
        try:
            status = await self._read()
        except NoDataError:
            # It may be that there never is any: only the daily round asks again.
            _LOGGER.debug("The vendor has no data of this")
            self._retry.async_reset()
            return
        except StellantisError as err:
            _LOGGER.debug("A detail could not be read: %r", err)
            if not self._closed:
                self._retry.async_schedule(err)
            return
        self.known = True
        if self._reading is reading:
            self.read_at = utcnow()
        self._retry.async_reset()
        self._report(status)

    @callback
    def async_expire(self) -> None:
        """Note that it may have changed: a read that is under way may have begun too early."""
        self.read_at = self._reading = None

    @callback
    def async_close(self) -> None:
        """Read no more by itself."""
        self._closed = True
        self._retry.async_cancel()

    @callback
    def _async_try_again(self) -> None:
        self._entry.async_create_background_task(self._hass, self.async_read(), "read a detail of a car again")
