"""The vendor's monitors, kept in step, and what they push, handed to the cars.

The monitors belong to the callback, and with it to the entry: found again by their labels, renewed when what they are
to watch has changed, never duplicated. While all monitors of a car run, it is polled as a safety net only.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..api.client import RegistrationStatus, StellantisClient
from ..api.errors import (
    BadAnswerError,
    BadRequestError,
    ForbiddenError,
    NoDataError,
    RateLimitError,
    StellantisError,
    VendorError,
)
from ..api.messages import MonitorMessage
from ..api.monitors import EMERGENCY_CALL, Monitor, UserMonitor, monitors, watched_data
from ..api.status import Status
from ..backoff import Retry
from ..const import CONF_CHARGING_REFRESH, CONF_MOVING_REFRESH
from ..coordinator import PollInterval, VehicleCoordinator
from ..issues import Issue, async_hide_issue, async_show_issue
from ..translate import AUTHENTICATION_ERRORS
from .delivery import DeliveryMethod
from .registered import Change, Registrar

_LOGGER = logging.getLogger(__name__)

RETRY_FIRST: Final = 30.0
RETRY_LONGEST: Final = 3600.0
"""Seconds until monitors that failed are tried again: doubled by each failure, at most an hour."""
REFUSED_FIRST: Final = 3600.0
REFUSED_LONGEST: Final = 6 * 3600.0
"""Seconds until monitors that the vendor refuses are tried again: doubled by each refusal, at most six hours."""
PASSING_404: Final = 7
"""How many times in a row a 404 is a failure; after that, which is an hour, it is a refusal."""

COLLISION: Final = "collision"
OPTIONAL: Final = {"doors": COLLISION, "moving": "limit"}
"""What a car can do without, by the monitor that also watches it: without it, collisions and the limit come later."""

# What the vendor may answer for one monitor and not for the next.
_MONITOR_ERRORS: Final = (BadAnswerError, BadRequestError, ForbiddenError, NoDataError, VendorError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """Why a monitor could not be kept; `label` stands for what was asked for."""

    key: str
    label: str
    error: StellantisError


class _FollowUp:
    """When the monitors of a car are looked at again because some could not be kept.

    `unknown` is whether the vendor did not know something, which may be the callback.
    """

    def __init__(self, hass: HomeAssistant, again: Callable[[], None]) -> None:
        """Start without a problem; `again` is called when the monitors are to be looked at."""
        self._failures = Retry(hass, again, first=RETRY_FIRST, longest=RETRY_LONGEST)
        self._refusals = Retry(hass, again, first=REFUSED_FIRST, longest=REFUSED_LONGEST)
        self._rejected: frozenset[str] = frozenset()
        self.unknown = False

    @property
    def failing(self) -> bool:
        """Whether something has failed that may work soon."""
        return self._failures.pending

    def note(self, problems: list[_Problem]) -> None:
        """Take in the problems of a look at the monitors."""
        failures = [problem.error for problem in problems if not self._is_refusal(problem)]
        self._rejected = frozenset(each.label for each in problems if isinstance(each.error, BadRequestError))
        self.unknown = any(isinstance(each.error, NoDataError) for each in problems)
        self.cancel()
        if failures:
            self._failures.async_schedule(failures[0])
        else:
            self._refusals.async_schedule(problems[0].error)

    def cancel(self) -> None:
        """Look no more by itself."""
        self._failures.async_cancel()
        self._refusals.async_cancel()

    def _is_refusal(self, problem: _Problem) -> bool:
        match problem.error:
            case ForbiddenError():
                return True
            case BadRequestError():  # of one that was answered by 400 just now too
                return problem.label in self._rejected
            case NoDataError():
                return self._failures.failures >= PASSING_404
        return False


class Push:
    """What the vendor pushes for one account.

    `cars` are the account's, by VIN. Messages come by `delivery`. `charge_limit` returns the battery level, in percent,
    that is to be pushed as soon as a car reaches it; None for none. `reconcile` has the monitors of a car looked at
    again; of no VIN, those of all cars and the callback. `catch_up` reads a car whose reports may have been lost.
    `on_gap` is called with a car when its monitors were not as wanted up to now, or are not.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: StellantisClient,
        cars: Mapping[str, VehicleCoordinator],
        options: Mapping[str, int],
        delivery: DeliveryMethod,
        *,
        charge_limit: Callable[[VehicleCoordinator], int | None],
        reconcile: Callable[[str | None], None],
        catch_up: Callable[[VehicleCoordinator], None],
        on_gap: Callable[[VehicleCoordinator], None],
    ) -> None:
        """Start with no monitor known."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._cars = cars
        self._options = options
        self._delivery = delivery
        self._charge_limit = charge_limit
        self._reconcile = reconcile
        self._catch_up = catch_up
        self._on_gap = on_gap
        self._vins: dict[str, str] = {}  # by the ids of their monitors
        self._monitored: set[str] = set()
        self._hearing = PollInterval.SAFETY_NET
        self._states: dict[str, dict[str, str]] = {}
        self._follow_ups: dict[str, _FollowUp] = {}
        self._not_pushed: set[str] = set()
        self._forbidden: set[str] = set()
        entry.async_on_unload(self._cancel_follow_ups)

    async def async_reconcile(self, callback_id: str, vins: AbstractSet[str] | None = None, new: bool = False) -> bool:
        """Find, create or mend the monitors of these cars, except of those that are tried again soon, or of every car.

        A `new` callback has none to be found. Returns whether no car has to be tried again soon; each is followed up by
        itself. Raises a StellantisError that concerns the whole account.
        """
        for vin, car in list(self._cars.items()):
            if not car.missing and (vins is None or (vin in vins and not self._is_failing(vin))):
                await self._async_reconcile_car(car, callback_id, new=new)
        for vin in self._follow_ups.keys() - self._cars.keys():
            self._follow_ups.pop(vin).cancel()
        if self._forbidden & self._cars.keys():
            async_show_issue(self._hass, self._entry, Issue.PUSH_REFUSED)
        else:
            async_hide_issue(self._hass, self._entry, Issue.PUSH_REFUSED)
        return not any(map(self._is_failing, self._follow_ups))

    def state(self, vin: str) -> dict[str, str]:
        """Return which of a car's monitors run, and why the vendor refused the others."""
        return self._states.get(vin, {})

    def watched(self, car: VehicleCoordinator) -> frozenset[str]:
        """Return the data of a car of which the vendor pushes each change: none unless all its monitors run."""
        vin = car.vehicle.vin
        if vin not in self._monitored:
            return frozenset()
        left_out = self.state(vin).keys() & OPTIONAL.values()
        return watched_data(
            monitor.plain if monitor.plain and OPTIONAL[monitor.key] in left_out else monitor
            for monitor in self._wanted(car)
        )

    def stop(self) -> None:
        """Poll every car: there is nowhere to push to."""
        async_hide_issue(self._hass, self._entry, Issue.PUSH_REFUSED)
        self._cancel_follow_ups()
        self._monitored.clear()
        self._async_set_intervals()

    @callback
    def async_set_hearing(self, interval: PollInterval) -> None:
        """Poll cars this often whose monitors all run: seldom, unless messages do not arrive."""
        self._hearing = interval
        self._async_set_intervals()

    @callback
    def _async_set_intervals(self) -> None:
        for vin, car in self._cars.items():
            alone = self._hearing is PollInterval.ALONE
            car.async_set_interval(self._hearing if alone or vin in self._monitored else PollInterval.USUAL)

    def handle(self, message: MonitorMessage) -> None:
        """Take in what a car has reported."""
        vins = (message.attributes.get("vin", ""), self._vins.get(message.monitor_id, ""))
        car = next((car for vin in vins if (car := self._cars.get(vin))), None)
        if car is None and not (self._delivery.brings_status or message.attributes.get("vin")):
            _LOGGER.debug("A car has something to tell")
            for each in self._cars.values():
                each.async_ring(*message.data)
            return
        if car is None:
            _LOGGER.debug("A report of a car that is not in the account was dropped")
            return
        report, data = message.read(car.reader), message.data
        if EMERGENCY_CALL in data and report.status.emergency_call is None:
            car.async_read_collisions()
        if not (self._delivery.brings_status or report.whole):
            call = report.status.emergency_call
            car.async_report(Status(emergency_call=call))  # not every car has it in its status
            _LOGGER.debug("%s has something to tell: %s", car.name, ", ".join(data))
            car.async_ring(*data)
            return
        before = car.data
        car.async_push(report, at=message.date or dt_util.utcnow())
        car.async_note_trips(report.trips, data)
        if _LOGGER.isEnabledFor(logging.DEBUG):
            news = ", ".join(sorted(car.data.changed(before))) or "nothing new"
            _LOGGER.debug("%s reports%s: %s", car.name, " again" if message.refresh else "", news)

    async def _async_reconcile_car(self, car: VehicleCoordinator, callback_id: str, *, new: bool) -> None:
        """Keep the monitors of a car in step, and follow up what does not work."""
        vin = car.vehicle.vin
        wanted, listed = self._wanted(car), True
        try:
            problems = await self._async_keep_monitors(car, callback_id, wanted, new=new) if wanted else []
        except (RateLimitError, *AUTHENTICATION_ERRORS):
            raise
        except StellantisError as err:  # it may concern this car alone
            problems = [_Problem(key=monitor.key, label=monitor.label, error=err) for monitor in wanted]
            listed = False
        if self._cars.get(vin) is not car or car.missing:
            return
        # No car needs this soon, and each try costs two requests: the daily round is enough.
        self._note_problems(car, [problem for problem in problems if problem.key != COLLISION])
        if listed or not self._is_failing(vin):  # what could not be listed for a moment goes on pushing
            running = dict.fromkeys((monitor.key for monitor in wanted), str(RegistrationStatus.RUNNING))
            self._states[vin] = running | {each.key: type(each.error).__name__ for each in problems}
            # Without the limit being monitored, the level is pushed every few minutes of a charge.
            if wanted and all(problem.key in OPTIONAL.values() for problem in problems):
                self._monitored.add(vin)
            else:
                self._monitored.discard(vin)
            self._async_set_intervals()

    def _note_problems(self, car: VehicleCoordinator, problems: list[_Problem]) -> None:
        vin = car.vehicle.vin
        if problems:
            if vin not in self._follow_ups:
                self._follow_ups[vin] = _FollowUp(self._hass, partial(self._follow_up, vin))
            self._follow_ups[vin].note(problems)
        elif vin in self._follow_ups:
            self._follow_ups.pop(vin).cancel()
        errors = [problem.error for problem in problems if problem.key not in OPTIONAL.values()]
        if any(isinstance(err, ForbiddenError) for err in errors):
            self._forbidden.add(vin)
        else:
            self._forbidden.discard(vin)
        if errors:
            self._on_gap(car)
        if errors and vin not in self._not_pushed:
            self._not_pushed.add(vin)
            _LOGGER.info("%s is polled, for the vendor does not push all it reports: %r", car.name, errors[0])
        if not errors and vin in self._not_pushed:
            self._not_pushed.remove(vin)
            self._catch_up(car)

    def _is_failing(self, vin: str) -> bool:
        """Tell whether the monitors of a car are tried again soon."""
        return vin in self._follow_ups and self._follow_ups[vin].failing

    def _follow_up(self, vin: str) -> None:
        self._reconcile(None if self._follow_ups[vin].unknown else vin)

    def _cancel_follow_ups(self) -> None:
        for follow_up in self._follow_ups.values():
            follow_up.cancel()
        self._follow_ups.clear()

    def _wanted(self, car: VehicleCoordinator) -> list[Monitor]:
        if not self._delivery.pushes:
            return []
        return monitors(
            self._client.scopes,
            car.vehicle.motorization,
            charging_refresh=60 * self._options[CONF_CHARGING_REFRESH],
            moving_refresh=60 * self._options[CONF_MOVING_REFRESH],
            charge_limit=self._charge_limit(car),
            with_extensions=self._delivery.brings_status,
        )

    async def _async_keep_monitors(
        self, car: VehicleCoordinator, callback_id: str, wanted: list[Monitor], *, new: bool
    ) -> list[_Problem]:
        """Return why some monitors could not be kept."""
        vehicle = car.vehicle
        registrar = self._registrar(vehicle.id, callback_id)
        labels = {monitor.label for monitor in wanted}
        found = [] if new else await self._client.monitors(vehicle.id, callback_id)
        found.sort(key=lambda each: each.label not in labels)
        ours = await registrar.async_choose(found, [monitor.key for monitor in wanted])
        problems: list[_Problem] = []
        for monitor in wanted:
            kept = ours.get(monitor.key)
            problem = await self._async_keep_monitor(registrar, car, kept, monitor)
            if problem and monitor.plain and isinstance(problem.error, (BadRequestError, ForbiddenError)):
                problems.append(replace(problem, key=OPTIONAL[monitor.key]))
                problem = await self._async_keep_monitor(registrar, car, kept, monitor.plain)
            if problem:
                problems.append(problem)
        return problems

    async def _async_keep_monitor(
        self,
        registrar: Registrar[UserMonitor, Monitor],
        car: VehicleCoordinator,
        found: UserMonitor | None,
        wanted: Monitor,
    ) -> _Problem | None:
        try:
            monitor_id = await registrar.async_keep(found, wanted, partial(self._note_change, car, wanted))
        except _MONITOR_ERRORS as err:
            return _Problem(key=wanted.key, label=wanted.label, error=err)
        self._vins[monitor_id] = car.vehicle.vin
        return None

    def _note_change(self, car: VehicleCoordinator, monitor: Monitor, change: Change) -> None:
        self._on_gap(car)
        _LOGGER.debug("The monitor %s has been %s", monitor.key, change)

    def _registrar(self, vehicle_id: str, callback_id: str) -> Registrar[UserMonitor, Monitor]:
        client, path = self._client, (vehicle_id, callback_id)
        return Registrar(
            key=lambda found: found.key,
            create=partial(client.create_monitor, *path),
            update=partial(client.update_monitor, *path),
            set_status=partial(client.set_monitor_status, *path),
            delete=partial(client.delete_monitor, *path),
            differs=lambda found, wanted: found.label != wanted.label,
        )
