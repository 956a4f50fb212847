"""One car: its merged status, when to poll it, what changed, and what it is being asked to do."""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .account.outcomes import Ending
from .account.wake_ups import WakeUps
from .api.client import StellantisClient
from .api.errors import NoDataError, RateLimitError, StellantisError
from .api.rate_limits import SavingError
from .api.remotes import PreconditioningPrograms, Remote
from .api.status import Program, Status
from .api.vehicle import Vehicle
from .const import CONF_POLL_INTERVAL, CONF_PUSHED_POLL_INTERVAL
from .translate import AUTHENTICATION_ERRORS, translate

if TYPE_CHECKING:
    from .account.account import StellantisConfigEntry
    from .account.charge_limit import ChargeLimit

_LOGGER = logging.getLogger(__name__)

RETRY_INTERVAL: Final = 60.0
"""Seconds until a poll that failed is tried again; doubled by each further failure, up to half an hour."""
RETRY_MOST: Final = 1800.0
_UNTOLD_ENDINGS: Final = 20
TOLERATED_FAILURES: Final = 2
"""Polls in a row that may fail before the car's entities are unavailable: a hiccup must not keep a door locked."""


class VehicleCoordinator(DataUpdateCoordinator[Status]):
    """What is known of one car.

    `pushed` says whether the vendor pushes whatever the car reports. `read_more` says whether all has been read that a
    status does not hold.
    """

    config_entry: StellantisConfigEntry
    charge_limit: ChargeLimit

    def __init__(
        self,
        hass: HomeAssistant,
        entry: StellantisConfigEntry,
        client: StellantisClient,
        vehicle: Vehicle,
        *,
        status: Status,
        wake_ups: WakeUps,
        options: Mapping[str, int],
    ) -> None:
        """Start with what was known before a restart; `async_refresh` reads the car."""
        self._intervals = {
            pushed: timedelta(minutes=options[key])
            for pushed, key in ((True, CONF_PUSHED_POLL_INTERVAL), (False, CONF_POLL_INTERVAL))
        }
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=vehicle.name,
            update_interval=self._intervals[False],
            always_update=False,
        )
        self.data = status
        self.vehicle = vehicle
        self.wake_ups = wake_ups
        self.pushed = False
        self.received: Counter[str] = Counter()
        self.last_push: datetime | None = None
        self.read_more = False
        self._client = client
        self._failures = 0
        self._retrying = False
        self._was_available = True
        self._asked: list[Remote] = []
        self._tell_ending: Callable[[Ending], None] | None = None
        # A remote may end before there is an entity to tell it.
        self._endings: deque[Ending] = deque(maxlen=_UNTOLD_ENDINGS)

    @property
    def available(self) -> bool:
        """Whether the API answers for this car, give or take a hiccup."""
        return self._failures <= TOLERATED_FAILURES

    def asked[R: Remote](self, kind: type[R]) -> R | None:
        """Return the first remote of this kind that the car is being asked to carry out, or will be next."""
        return next((remote for remote in self._asked if isinstance(remote, kind)), None)

    @property
    def programs(self) -> tuple[Program, ...]:
        """The preconditioning programs that the car has reported, as far as it takes them."""
        reported = (self.data.preconditioning and self.data.preconditioning.programs) or ()
        return tuple(program for program in reported if program.slot <= self.vehicle.program_slots)

    @property
    def programs_to_be(self) -> tuple[Program, ...]:
        """The preconditioning programs as they will be once the car has done what it is being asked."""
        programs = self.programs
        for remote in self._asked:
            if isinstance(remote, PreconditioningPrograms):
                programs = remote.change(programs)
        return programs

    @callback
    def async_on_ending(self, tell: Callable[[Ending], None]) -> Callable[[], None]:
        """Call `tell` with the end of each remote, also those that nobody has been told of; returns how to stop it."""
        self._tell_ending = tell
        while self._endings:
            tell(self._endings.popleft())

        def stop() -> None:
            self._tell_ending = None

        return stop

    @callback
    def async_end(self, ending: Ending) -> None:
        """Tell that a remote has ended."""
        if self._tell_ending:
            self._tell_ending(ending)
        else:
            self._endings.append(ending)

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

    @callback
    def set_pushed(self, *, pushed: bool) -> None:
        """Poll seldom while the vendor pushes, and often while it does not."""
        if pushed is self.pushed:
            return
        self.pushed = pushed
        self.update_interval = self._intervals[pushed]
        if not self._retrying:  # or what has failed would have to wait for the new interval
            self._schedule_refresh()

    @callback
    def async_report(self, status: Status) -> None:
        """Take in what the car is known to report from now on."""
        merged = self.data.merge(status)
        if merged != self.data:
            self.data = merged
            self.async_update_listeners()

    @callback
    def async_push(self, status: Status, *, whole: bool) -> None:
        """Take in what was pushed; a `whole` status is as good as a poll."""
        self.received["whole" if whole else "partial"] += 1
        self.last_push = dt_util.utcnow()
        if whole:
            self._succeed()
            self._was_available = True
            self.async_set_updated_data(self.data.merge(status))
        else:
            self.async_report(status)

    async def async_read_more(self) -> None:
        """Read what a status does not hold; what cannot be had is left for a push to tell."""
        readers = (self._client.maintenance, self._client.alerts, self._client.last_trip)
        self.read_more = await self._async_read_more(*readers)

    async def async_read_maintenance(self) -> None:
        """Read when the next maintenance is due: it comes nearer without an event."""
        await self._async_read_more(self._client.maintenance)

    @override
    async def _async_update_data(self) -> Status:
        if not self._client.can_read_status:
            return self.data
        try:
            status = await self._client.status(self.vehicle)
        except NoDataError:
            status = Status()
        except AUTHENTICATION_ERRORS as err:
            self._failures = TOLERATED_FAILURES + 1  # it does not pass: nothing is polled until the user signs in
            raise ConfigEntryAuthFailed(**translate(err)) from err
        except SavingError as err:
            self._retrying = True
            _LOGGER.debug("%s is not polled now, nor for the next %.0f s: %r", self.name, err.retry_after, err)
            self._retry_after = err.retry_after  # as after a failure, which it is not
            return self.data
        except StellantisError as err:
            self._failures += 1
            self._retrying = True
            raise UpdateFailed(**translate(err), retry_after=self._seconds_until_retry(err)) from err
        self._succeed()
        self.received["poll"] += 1
        return self.data.merge(status)

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        if self.available is not self._was_available:  # the base class has a notion of its own
            self._was_available = self.available
            self.async_update_listeners()

    def _succeed(self) -> None:
        self._failures = 0
        self._retrying = False

    def _seconds_until_retry(self, err: StellantisError) -> float:
        # The first failures are followed closely, so that a car is not unknown for half an hour.
        doublings = min(self._failures - 1, 10)  # without an end they would overflow after some weeks
        delay = min(RETRY_INTERVAL * 2.0**doublings, RETRY_MOST)
        return max(delay, err.retry_after) if isinstance(err, RateLimitError) else delay

    async def _async_read_more(self, *readers: Callable[[Vehicle], Awaitable[Status]]) -> bool:
        """Return whether all was read; what the vendor has no data of has been."""
        complete = True
        for read in readers:
            try:
                self.async_report(await read(self.vehicle))
            except NoDataError:
                _LOGGER.debug("%s: the vendor has no data of this", self.name)
            except StellantisError as err:
                _LOGGER.debug("%s: not all could be read: %r", self.name, err)
                complete = False
        return complete
