"""One car: its merged status, when to poll it, and what it is being asked to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api.client import StellantisClient
from .api.errors import NoDataError, RateLimitError, StellantisError
from .api.remotes import Remote
from .api.status import Status
from .api.vehicle import Vehicle
from .errors import AUTHENTICATION_ERRORS, translate

if TYPE_CHECKING:
    from .account import StellantisConfigEntry

_LOGGER = logging.getLogger(__name__)

POLL_INTERVAL: Final = timedelta(minutes=30)
RETRY_INTERVAL: Final = 60.0
"""Seconds until a poll that failed is tried again; doubled by each further failure, up to the interval."""
TOLERATED_FAILURES: Final = 2
"""Polls in a row that may fail before the car's entities are unavailable: a hiccup must not keep a door locked."""


class VehicleCoordinator(DataUpdateCoordinator[Status]):
    """What is known of one car."""

    config_entry: StellantisConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: StellantisConfigEntry, client: StellantisClient, vehicle: Vehicle
    ) -> None:
        """Start with nothing known; `async_refresh` reads the car."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=vehicle.name,
            update_interval=POLL_INTERVAL,
            always_update=False,
        )
        self.data = Status()
        self.vehicle = vehicle
        self._client = client
        self._failures = 0
        self._asked: list[Remote] = []

    @property
    def available(self) -> bool:
        """Whether the API answers for this car, give or take a hiccup."""
        return self._failures <= TOLERATED_FAILURES

    def asked[R: Remote](self, kind: type[R]) -> R | None:
        """Return the first remote of this kind that the car is being asked to carry out, or will be next."""
        return next((remote for remote in self._asked if isinstance(remote, kind)), None)

    @contextmanager
    def asking(self, remote: Remote) -> Iterator[None]:
        """Show that the car is being asked to carry out this remote."""
        self._asked.append(remote)
        self.async_update_listeners()
        try:
            yield
        finally:
            self._asked.remove(remote)
            self.async_update_listeners()

    def async_report(self, status: Status) -> None:
        """Take in what the car is known to report from now on."""
        self.async_set_updated_data(self.data.merge(status))

    @override
    async def _async_update_data(self) -> Status:
        if not self._client.can_read_status:
            return self.data
        try:
            status = await self._client.status(self.vehicle.id)
        except NoDataError:
            status = Status()
        except AUTHENTICATION_ERRORS as err:
            self._failures = TOLERATED_FAILURES + 1  # it does not pass: nothing is polled until the user signs in
            raise ConfigEntryAuthFailed(**translate(err)) from err
        except StellantisError as err:
            self._failures += 1
            raise UpdateFailed(**translate(err), retry_after=self._seconds_until_retry(err)) from err
        self._failures = 0
        return self.data.merge(status)

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        if not self.available:  # the base class tells the entities of the first failure only
            self.async_update_listeners()

    def _seconds_until_retry(self, err: StellantisError) -> float:
        # The first failures are followed closely, so that a car is not unknown for half an hour.
        doublings = min(self._failures - 1, 10)  # without an end they would overflow after some weeks
        delay = min(RETRY_INTERVAL * 2.0**doublings, POLL_INTERVAL.total_seconds())
        return max(delay, err.retry_after) if isinstance(err, RateLimitError) else delay
