"""One car: its merged status, when to poll it, and the remotes that wait for it."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
import logging
from typing import Any, Final, cast, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .api.client import StellantisClient
from .api.collisions import CollisionRecord
from .api.errors import EmptyAnswerError, ForbiddenError, NoDataError, StellantisError
from .api.lenient import parse_date
from .api.messages import Report
from .api.rate_limits import SavingError
from .api.remotes import Remote, SetPreconditioningPrograms
from .api.status import ChargingStatus, Program, Status, StatusReader
from .api.trips import TripRecord
from .api.vehicle import Vehicle
from .backoff import retry_delay
from .const import CONF_POLL_INTERVAL, CONF_PUSHED_POLL_INTERVAL
from .details import Detail
from .translate import is_lost, translate

_LOGGER = logging.getLogger(__name__)

RETRY_FIRST: Final = 60.0
RETRY_LONGEST: Final = 1800.0
"""Seconds until a poll that failed is tried again: doubled by each failure, up to half an hour."""
READ_COOLDOWN: Final = 2.0
"""Seconds between two reads that were asked for, however often that was."""
TOLERATED_FAILURES: Final = 2
"""Polls in a row that may fail before the car's entities become unavailable."""

TRIP_END: Final = "vehicle.trip.stop"
DETAIL_COOLDOWN: Final = 60.0
"""Seconds between two reads of the trips, or of the collisions, that messages ask for.

A message may come twice, and many at once after an outage.
"""

RUNS_AT_MOST: Final = timedelta(hours=1)
"""A report that preconditioning runs says nothing of now if it is older than this: the car has stopped by itself."""


NO_BLOCKS: Final[frozenset[str]] = frozenset()


class PollInterval(Enum):
    """How often a car is polled."""

    SAFETY_NET = auto()
    """Seldom, for the vendor pushes whatever the car reports."""
    USUAL = auto()
    ALONE = auto()
    """Often, for messages that should push it cannot come."""


ALONE_AT_MOST: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who had a remote sent: the context of a user or an automation, and the entity that was used."""

    context: Context | None = None
    entity_id: str | None = None


@dataclass(slots=True, eq=False)
class Pending:
    """A remote that waits for the car's turn, or has it: then it is `under_way`."""

    remote: Remote
    requester: Requester
    under_way: bool = False


class VehicleCoordinator(DataUpdateCoordinator[Status]):
    """What is known of one car.

    `missing` says whether the latest list of cars lacks the car. A status does not hold all: the details, which are the
    maintenance, the alerts, the last trip and the collisions, are read by themselves.
    """

    config_entry: ConfigEntry[Any]

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: StellantisClient,
        vehicle: Vehicle,
        *,
        status: Status,
        details: Mapping[str, object],
        options: Mapping[str, int],
        on_poll: Callable[[VehicleCoordinator, Status | None], None],
        on_trips: Callable[[VehicleCoordinator, list[TripRecord]], None],
        on_collisions: Callable[[VehicleCoordinator, list[CollisionRecord]], None],
    ) -> None:
        """Start with what was known before a restart, of which `details` is made by `details_as_dict`.

        `on_poll` is called with what a poll has made of `data`, before that is shown; with None if the poll has failed.
        `on_trips` is called with each trip that the vendor tells, however often it does, `on_collisions` with the
        collisions each time they have been read: with none if that has failed.
        """
        usual = timedelta(minutes=options[CONF_POLL_INTERVAL])
        self._intervals = {
            PollInterval.SAFETY_NET: timedelta(minutes=options[CONF_PUSHED_POLL_INTERVAL]),
            PollInterval.USUAL: usual,
            PollInterval.ALONE: min(usual, ALONE_AT_MOST),
        }
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=vehicle.name,
            update_interval=usual,
            always_update=False,
            request_refresh_debouncer=Debouncer(hass, _LOGGER, cooldown=READ_COOLDOWN, immediate=True),
        )
        self.data = self._restored = status
        self.vehicle = vehicle
        self.reader = StatusReader(vehicle.motorization)
        self._watchers: list[tuple[Callable[[], None], Collection[str] | None]] = []
        self._untold: frozenset[str] = frozenset()
        self._interval = PollInterval.USUAL
        self.received: Counter[str] = Counter()
        self.last_push: datetime | None = None
        self.missing = False
        self._unsafe_since: dict[str, datetime] = {}
        self._client = client
        self._on_poll = on_poll
        self._on_trips = on_trips
        self._on_collisions = on_collisions
        self._maintenance = self._detail(self._async_read_maintenance, details.get("maintenance"))
        self._alerts = self._detail(self._async_read_alerts, details.get("alerts"))
        self._last_trip = self._detail(self._async_read_trips, details.get("trips"))
        self._collisions = self._detail(self._async_read_collisions, details.get("collisions"))
        self._details = {
            "maintenance": self._maintenance,
            "alerts": self._alerts,
            "trips": self._last_trip,
            "collisions": self._collisions,
        }
        self._trips_debouncer = self._debouncer(self._last_trip)
        self._collisions_debouncer = self._debouncer(self._collisions)
        self._driven = False
        self._read_wanted = False
        self._details_wanted: set[Detail] = set()
        self._failures = 0
        self._failed_at = 0.0
        self._empty = 0
        self._retrying = False
        self._was_available = True
        self._pending: list[Pending] = []
        self._acting: Requester | None = None
        self._cancel_run_out: CALLBACK_TYPE | None = None
        self._await_run_out()

    @property
    def available(self) -> bool:
        """Whether the API answers for this car; two failures in a row are tolerated."""
        return self._failures <= TOLERATED_FAILURES

    def first_pending[R: Remote](self, kind: type[R]) -> R | None:
        """Return the remote of this kind that is under way, or the first that waits for its turn."""
        return next((each.remote for each in self._pending if isinstance(each.remote, kind)), None)

    def latest_pending(self, entity_id: str) -> Remote | None:
        """Return the pending remote that was sent last with this entity."""
        return next((each.remote for each in reversed(self._pending) if each.requester.entity_id == entity_id), None)

    @property
    def under_way(self) -> Pending | None:
        """The remote that has the car's turn."""
        return next((each for each in self._pending if each.under_way), None)

    def requester(self, entity_id: str) -> Requester | None:
        """Return who a change of this entity belongs to; None if to nobody who had a remote sent.

        While a remote is under way, it belongs to whoever had that sent: with this entity, or with none.
        """
        requester = self._acting or (self.under_way.requester if self.under_way else None)
        return requester if requester and requester.entity_id in {None, entity_id} else None

    @contextmanager
    def _acting_for(self, requester: Requester) -> Iterator[None]:
        """Let the changes that are notified meanwhile belong to who had a remote sent."""
        self.async_tell()  # what was pushed before does not
        self._acting = requester
        try:
            yield
        finally:
            self._acting = None

    @property
    def programs(self) -> tuple[Program, ...]:
        """The preconditioning programs that the car has reported, in the slots that it has."""
        reported = (self.data.preconditioning and self.data.preconditioning.programs) or ()
        return tuple(program for program in reported if program.slot <= self.vehicle.program_slots)

    @property
    def programs_to_be(self) -> tuple[Program, ...]:
        """The preconditioning programs as they will be once all pending remotes have ended well."""
        programs = self.programs
        for each in self._pending:
            if isinstance(each.remote, SetPreconditioningPrograms):
                programs = each.remote.change(programs)
        return programs

    @property
    def preconditioning(self) -> bool | None:
        """Whether the car is being preconditioned now; None if it has not reported it."""
        block = self.data.preconditioning
        if block is None or block.status is None:
            return None
        return block.running and dt_util.utcnow() < block.date_of("status") + RUNS_AT_MOST

    @callback
    @override
    def async_update_listeners(self) -> None:
        self._untold = frozenset()
        super().async_update_listeners()
        self._await_run_out()

    @callback
    def async_watch(self, watcher: Callable[[], None], blocks: Collection[str] | None = None) -> CALLBACK_TYPE:
        """Call `watcher` after each report that is pushed, or that changes one of these blocks.

        Entities are notified only after a batch of reports. It is also called like any listener. Returns how to stop.
        """
        watched = watcher, blocks
        self._watchers.append(watched)
        stop = self.async_add_listener(watcher, NO_BLOCKS)

        @callback
        def stop_watching() -> None:
            self._watchers.remove(watched)
            stop()

        return stop_watching

    @property
    def untold(self) -> bool:
        """Whether something was pushed that entities have not been told of."""
        return bool(self._untold)

    @callback
    def async_tell(self) -> None:
        """Notify the listeners that show a block which a push has changed since the last call.

        The context of a listener is the blocks that it shows. A listener without a context is always notified.
        """
        untold, self._untold = self._untold, frozenset()
        if not untold:
            return
        for update, shown in list(self._listeners.values()):
            if shown is None or not untold.isdisjoint(cast("Collection[str]", shown)):
                try:
                    update()
                except Exception:  # as in the base class: it must not cost the other listeners
                    _LOGGER.exception("%s: a listener has failed", self.name)
        self._await_run_out()

    def _await_run_out(self) -> None:
        """Notify again when preconditioning has run for so long that the car must have stopped it by itself."""
        self._forget_run_out()
        if self.preconditioning and self.data.preconditioning and not self._shutdown_requested:
            runs_out = self.data.preconditioning.date_of("status") + RUNS_AT_MOST
            self._cancel_run_out = async_track_point_in_utc_time(self.hass, self._async_run_out, runs_out)

    @callback
    def _async_run_out(self, _now: datetime) -> None:
        self._cancel_run_out = None
        self.async_update_listeners()

    def _forget_run_out(self) -> None:
        if self._cancel_run_out:
            self._cancel_run_out()
            self._cancel_run_out = None

    @callback
    def async_set_vehicle(self, vehicle: Vehicle) -> None:
        """Take in what the list of cars says of the car: nearly all of it may change, its name too."""
        if vehicle.motorization != self.vehicle.motorization:
            self.reader = StatusReader(vehicle.motorization)
        self.vehicle = vehicle
        self.name = vehicle.name
        self.async_update_listeners()

    @contextmanager
    def pending(self, pending: Pending) -> Iterator[None]:
        """Show this remote as pending while it is under way or waits for its turn."""
        self.async_tell()
        self._pending.append(pending)
        try:
            with self._acting_for(pending.requester):
                self.async_update_listeners()
            yield
        finally:
            self.async_tell()
            self._pending.remove(pending)
            with self._acting_for(pending.requester):
                self.async_update_listeners()

    @callback
    def async_replace_pending(self, pending: Pending, remote: Remote, requester: Requester) -> None:
        """Let a pending remote that has not been sent be another one."""
        pending.remote, pending.requester = remote, requester
        with self._acting_for(requester):
            self.async_update_listeners()

    @property
    def pushed(self) -> bool:
        """Whether the vendor pushes whatever the car reports."""
        return self._interval is PollInterval.SAFETY_NET

    @callback
    def async_set_interval(self, interval: PollInterval) -> None:
        """Poll this often from now on."""
        if interval is self._interval:
            return
        self._interval = interval
        self.update_interval = self._intervals[interval]
        if not self._retrying:  # keep the shorter delay of a pending retry
            # Changing `update_interval` does not move a poll that is scheduled, and the public
            # `async_set_updated_data` would also cancel a read that has been requested.
            self._schedule_refresh()

    @callback
    def async_report(self, status: Status) -> None:
        """Take in a report."""
        self._async_show(self.data.merge(status))

    @callback
    def async_report_outcome(self, expected: Status, requester: Requester, *, sent_at: datetime) -> None:
        """Take in the expected result of a remote that somebody had sent at this time."""
        with self._acting_for(requester):
            self._async_show(self.data.merge(self._without_known_results(expected, sent_at)))

    @callback
    def async_push(self, report: Report, *, at: datetime) -> None:
        """Take in what was pushed, at this time of the vendor's clock; a `whole` status counts as a poll.

        What cannot be read is no sign of life. Call `async_tell` after a batch; a warning is told at once.
        """
        if not report.readable:
            return
        self.received["whole" if report.whole else "partial"] += 1
        self.last_push = dt_util.utcnow()
        before, self.data = self.data, self._merge_report(report.status, at)
        if report.whole:
            self._count_as_poll()
        renewed = self.data.renewed(before)
        self._untold |= renewed
        for watcher, blocks in self._watchers:
            if blocks is None or not renewed.isdisjoint(blocks):
                watcher()
        if self.data.warnings != before.warnings:
            self.async_tell()  # it may be over by the end of the batch

    @callback
    def _count_as_poll(self) -> None:
        """Do what `async_set_updated_data` does, but tell the listeners only if the car has been unavailable."""
        available = self.available
        self._succeed()
        self._empty = 0
        self._async_unsub_refresh()
        self._debounced_refresh.async_cancel()
        self.last_update_success = True
        self._schedule_refresh()
        if not available:
            self.async_update_listeners()

    @callback
    def async_note_trips(self, trips: list[TripRecord], data: Collection[str]) -> None:
        """Take in the trips of a report on this data; read them if the end of a trip came without the trip."""
        if trips:
            self._on_trips(self, trips)
        if TRIP_END in data and trips:
            # The vendor may complete the trip later on: the daily round reads it again.
            self._last_trip.known = False
        elif TRIP_END in data:
            self._last_trip.async_expire()
            self._trips_debouncer.async_schedule_call()

    @callback
    def async_read_collisions(self) -> None:
        """Read the collisions: something tells that there may be one."""
        self._collisions.async_expire()
        self._collisions_debouncer.async_schedule_call()

    @callback
    def async_ring(self, *data: str) -> None:
        """Read the car: it has reported this data, but the message had no room for it. Without data it may be any.

        A car that rings again and again is read once in a while (`async_request_refresh`).
        """
        self.received["bell"] += 1
        self.last_push = dt_util.utcnow()
        details = (("vehicle.alert", self._alerts), ("vehicle.trip", self._last_trip))
        self._want(detail for prefix, detail in details if not data or any(each.startswith(prefix) for each in data))
        self._read_wanted = True
        self._async_read_soon()

    def _want(self, details: Iterable[Detail]) -> None:
        """Have details read after the status, be it after a restart."""
        for detail in details:
            detail.async_expire()
            self._details_wanted.add(detail)

    @callback
    def _async_read_soon(self) -> None:
        pause = self._failed_at + RETRY_FIRST - self.hass.loop.time()
        if self._failures and pause > 0:
            # A car rings several times in a row. That must not count as several failures, nor delay the retry.
            self._retry_after = pause
            self._schedule_refresh()
        else:
            self._read_in_background(self.async_request_refresh())

    def _read_in_background(self, *reads: Coroutine[Any, Any, None]) -> None:
        for read in reads:
            self.config_entry.async_create_background_task(self.hass, read, "read a car that has reported")

    @callback
    def _async_show(self, status: Status) -> None:
        if status is not self.data:
            self.data = status
            self.async_update_listeners()

    def _merge_report(self, status: Status, at: datetime) -> Status:
        """Merge a report; note when the vendor has told, and by a new report, that a car is unlocked, or stolen."""
        before, merged = self.data, self.data.merge(status)
        if merged is before:
            return merged
        if _has_driven(before, merged):
            self._driven = True
            self._collisions.async_expire()
        for name, block in status.blocks.items():
            if block.is_unsafe and getattr(merged, name) is not getattr(before, name):
                self._unsafe_since[name] = at
        return merged

    def _without_known_results(self, status: Status, sent_at: datetime) -> Status:
        """Leave out the results of a remote that give way to what the vendor has told of the car meanwhile.

        What the car has reported since the remote was sent is no assumption: later reports are newer by the same clock.
        A result from before the vendor has told that the car is unlocked, or stolen, is late: by its own clock, the car
        may have reported that at an earlier time than the remote ended.
        A charge that is stopped although there is none, as of a car that is not plugged in, changes nothing.
        """
        known: dict[str, Any] = {}
        stopped = status.charging and status.charging.status == ChargingStatus.STOPPED
        if stopped and self.data.charging and self.data.charging.status and not self.data.charging.in_progress:
            known["charging"] = None
        for name, block in status.blocks.items():
            told_at = self._unsafe_since.get(name)
            if told_at and (
                told_at >= sent_at if block.is_unsafe else told_at > block.at and self.data.blocks[name].is_unsafe
            ):
                known[name] = None
        return replace(status, **known)

    async def async_start(self) -> None:
        """Read the car for the first time since the start, and in the background its details.

        If it has reported nothing since the last stop, a detail that was read not long ago is left to the daily round.
        """
        await self.async_refresh()
        renewed = self.data.renewed(self._restored)  # also by what was pushed before its turn came
        silent = self._client.can_read_status and not self._retrying and not renewed
        due = [detail for detail in self._details.values() if not (silent and detail.recent)]
        self.config_entry.async_create_background_task(self.hass, _async_read(due), "read details of a car")

    async def async_read_details(self) -> None:
        """Read the details; one that cannot be read is tried again by itself."""
        await _async_read(self._details.values())

    def details_as_dict(self) -> dict[str, str]:
        """Return when each of the details was last read, to be stored."""
        return {name: at.isoformat() for name, detail in self._details.items() if (at := detail.read_at)}

    async def async_read_daily(self) -> None:
        """Read the details that may have changed without a push.

        No push tells that a maintenance comes nearer, nor of a collision for which no system of the car reacts. The
        others may have failed so far.
        """
        driven, self._driven = self._driven, False
        due = {
            self._maintenance: True,
            self._alerts: not (self.pushed and self._alerts.known),
            self._last_trip: not (self.pushed and self._last_trip.known),
            self._collisions: driven or not self._collisions.known,
        }
        await _async_read(detail for detail in self._details.values() if due[detail])

    @override
    async def async_shutdown(self) -> None:
        self._forget_run_out()
        self._trips_debouncer.async_shutdown()
        self._collisions_debouncer.async_shutdown()
        for detail in self._details.values():
            detail.async_close()
        await super().async_shutdown()

    @override
    async def async_request_refresh(self) -> None:
        # A read that is under way may have begun too early, so another follows. The base class asks for none if the
        # first one outlasts the pause.
        self._read_wanted = True
        await super().async_request_refresh()

    @override
    async def _async_update_data(self) -> Status:
        self._read_wanted = False
        if not self._client.can_read_status:
            return self.data
        asked_at = dt_util.utcnow().replace(microsecond=0)  # ends of remotes are dated in whole seconds
        try:
            status = await self._async_read_status()
        except NoDataError:
            status = Status()
        except SavingError as err:
            self._retrying = True
            _LOGGER.debug("%s is not polled now, nor for the next %.0f s: %r", self.name, err.retry_after, err)
            # Delay the next poll as after a failure, but do not count one: `UpdateFailed`, the public way to say so,
            # would also make the entities unavailable and log an error.
            self._retry_after = err.retry_after
            return self.data
        except StellantisError as err:
            self._on_poll(self, None)
            self._failed_at = self.hass.loop.time()
            self._failures = TOLERATED_FAILURES + 1 if is_lost(err) else self._failures + 1
            self._retrying = True
            delay = retry_delay(err, self._failures, first=RETRY_FIRST, longest=RETRY_LONGEST)
            raise UpdateFailed(**translate(err), retry_after=delay) from err
        self._succeed()
        if not status.blocks:
            self._on_poll(self, None)
            self._read_again_soon()
            return self.data
        self._empty = 0
        self.received["poll"] += 1
        before, merged = self.data, self._merge_report(status, asked_at)
        self._on_poll(self, merged)
        if not self.pushed and _has_driven(before, merged):
            self._want([self._alerts, self._last_trip])
        return merged

    async def _async_read_status(self) -> Status:
        try:
            return await self._client.status(self.vehicle)
        except ForbiddenError:
            if self.missing:
                raise NoDataError from None  # it may have been sold: the account decides that from further lists
            raise

    def _read_again_soon(self) -> None:
        """Follow up an answer that says nothing of the car, like a failure, but without counting one.

        Some cars never report anything, so the delay grows up to that of the next poll.
        """
        self._empty += 1
        self._retrying = True
        longest = self._intervals[self._interval].total_seconds()
        self._retry_after = retry_delay(NoDataError(), self._empty, first=RETRY_FIRST, longest=longest)

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        # The base class notifies on `last_update_success`; our availability also tolerates two failures.
        if self.available is not self._was_available:
            self._was_available = self.available
            self.async_update_listeners()
        self._read_in_background(*(detail.async_read() for detail in self._details_wanted))
        self._details_wanted.clear()
        if self._read_wanted and not self._shutdown_requested:
            self._async_read_soon()

    def _succeed(self) -> None:
        self._failures = 0
        self._retrying = False

    async def _async_read_maintenance(self) -> Status:
        try:
            return await self._client.maintenance(self.vehicle)
        except NoDataError:
            return Status()  # many cars never have any

    async def _async_read_alerts(self) -> Status:
        try:
            return await self._client.alerts(self.vehicle)
        except NoDataError:
            # There are none. But the vendor forgets for a while what it knows, so the daily round asks again.
            self.async_report(Status.parse_alerts([], dt_util.utcnow().replace(microsecond=0)))
            raise
        except EmptyAnswerError:
            # Most likely there are none. But alerts that are known do not end for that.
            if self.data.alerts is None:
                self.async_report(Status.parse_alerts([], datetime.fromtimestamp(0, UTC)))
            raise

    async def _async_read_trips(self) -> Status:
        trips = await self._client.trips(self.vehicle)
        self._on_trips(self, trips)
        return Status.of_trips(trips)

    async def _async_read_collisions(self) -> Status:
        try:
            collisions = await self._client.collisions(self.vehicle)
        except StellantisError:
            self._on_collisions(self, [])
            raise
        self._on_collisions(self, collisions)
        return Status()

    def _detail(self, read: Callable[[], Awaitable[Status]], read_at: object) -> Detail:
        longest = self._intervals[PollInterval.SAFETY_NET].total_seconds()
        return Detail(
            self.hass, self.config_entry, read, self.async_report, longest=longest, read_at=parse_date(read_at)
        )

    def _debouncer(self, detail: Detail) -> Debouncer[None]:
        return Debouncer(
            self.hass,
            _LOGGER,
            cooldown=DETAIL_COOLDOWN,
            immediate=True,
            function=callback(lambda: self._read_in_background(detail.async_read())),
            background=True,
        )


async def _async_read(details: Iterable[Detail]) -> None:
    """Read details one after the other: the vendor counts requests per second."""
    for detail in details:
        await detail.async_read()


def _has_driven(before: Status, after: Status) -> bool:
    ours, theirs = after.odometer, before.odometer
    return theirs is not None and ours is not None and ours.values != theirs.values
