"""The preconditioning programs of a car, and its trips, as calendars."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.components.calendar import (
    EVENT_RRULE,
    EVENT_START,
    EVENT_SUMMARY,
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEntityFeature,
    CalendarEvent,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .account import ProgramNotes, StellantisConfigEntry
from .api.remotes import SetPreconditioningPrograms
from .api.status import DAYS, Program
from .api.vehicle import Capability
from .const import DOMAIN
from .entity import StellantisEntity, async_add_capable, async_add_reported
from .schedules import at_day, existing, free_slot, since_midnight
from .translate import translation
from .trip_texts import describe, title

# `Commands` sends one remote at a time to each car; two cars must not wait for each other.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class StellantisCalendarDescription(CalendarEntityDescription):
    """A calendar: the capability that a car needs for it."""

    capability: Capability


PRECONDITIONING = StellantisCalendarDescription(key="preconditioning", capability=Capability.PROGRAMS)

TRIPS = CalendarEntityDescription(key="trips")

LENGTH: Final = timedelta(minutes=30)
"""How long an event is: a program has no end, the car stops by itself."""
SHORTEST: Final = timedelta(minutes=1)
"""The length of an event of a trip that took no time."""
WEEK: Final = timedelta(days=7)

THIS_AND_FUTURE: Final = "THISANDFUTURE"

# The days as iCalendar spells them, from Monday on.
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the calendars of each car that takes preconditioning programs, or has told of a trip."""
    await async_add_capable(entry, async_add_entities, [PRECONDITIONING], StellantisCalendar)
    trips = entry.runtime_data.trips
    await async_add_reported(
        entry,
        async_add_entities,
        [TRIPS],
        lambda car, _status, _: bool(trips[car.vehicle.vin].all),
        StellantisTripsCalendar,
    )


class StellantisCalendar(StellantisEntity, CalendarEntity):
    """The enabled preconditioning programs of a car: an event's uid is its slot."""

    _attr_supported_features = (
        CalendarEntityFeature.CREATE_EVENT | CalendarEntityFeature.UPDATE_EVENT | CalendarEntityFeature.DELETE_EVENT
    )
    blocks = ("preconditioning",)

    @property
    @override
    def event(self) -> CalendarEvent | None:
        now = dt_util.utcnow()
        return next(iter(self._events(now, now + WEEK)), None)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        return self._events(start_date, end_date)

    @override
    async def async_create_event(self, **kwargs: Any) -> None:
        with _in_the_servers_language(self.hass):
            await self._async_set(free_slot(self.coordinator), kwargs)

    @override
    async def async_update_event(
        self,
        uid: str,
        event: dict[str, Any],
        recurrence_id: str | None = None,
        recurrence_range: str | None = None,
    ) -> None:
        with _in_the_servers_language(self.hass):
            await self._async_set(self._slot(uid, recurrence_id, recurrence_range), event)

    @override
    async def async_delete_event(
        self, uid: str, recurrence_id: str | None = None, recurrence_range: str | None = None
    ) -> None:
        with _in_the_servers_language(self.hass):
            slot = self._slot(uid, recurrence_id, recurrence_range, deleting=True)
            await self.async_send(SetPreconditioningPrograms(deleted=(slot,)))

    @property
    def _notes(self) -> ProgramNotes:
        return self.account.program_notes[self.coordinator.vehicle.vin]

    def _events(self, start: datetime, end: datetime) -> list[CalendarEvent]:
        """Return the events that end after `start` and begin before `end`, in order."""
        # Python compares times of one time zone by the clock, which goes back once a year.
        start, end = dt_util.as_utc(start), dt_util.as_utc(end)
        events = [
            CalendarEvent(
                start=begin,
                end=begin + LENGTH,
                summary=self._notes.title(program.slot) or self._usual_title(program.slot),
                uid=str(program.slot),
                recurrence_id=f"{begin:%Y%m%dT%H%M%S}" if program.recurring else None,
                rrule=_rule(program) if program.recurring else None,
            )
            for program in self.coordinator.programs
            if program.enabled
            for begin in self._begins(program, start - LENGTH, end)
        ]
        return sorted(events, key=lambda event: dt_util.as_utc(event.start_datetime_local))

    def _begins(self, program: Program, after: datetime, before: datetime) -> Iterator[datetime]:
        """Return when a program begins between two times (UTC), both excluded."""
        preconditioning = self.status.preconditioning
        if program.recurring or preconditioning is None:
            since = self._notes.since(program.slot)
            begins = _occurrences(program, max(after, since) if since else after)
        else:  # it runs on the first of its days after the car reported it, or has just begun
            begins = iter([next(_occurrences(program, preconditioning.date_of("programs") - LENGTH))])
        for begin in begins:
            if begin >= before:
                return
            if begin > after:
                yield begin

    def _slot(
        self, uid: str, recurrence_id: str | None, recurrence_range: str | None, *, deleting: bool = False
    ) -> int:
        """Return the slot of an event to change or delete. Raises a ServiceValidationError if that cannot be done."""
        program = existing(self.coordinator, int(uid) if uid.isdecimal() else 0)
        if program.recurring and recurrence_id:
            if recurrence_range != THIS_AND_FUTURE and deleting:
                raise ServiceValidationError(**translation("program_delete_one_of_many"))
            if recurrence_range != THIS_AND_FUTURE:
                raise ServiceValidationError(**translation("program_one_of_many"))
            begin = next(_occurrences(program, dt_util.utcnow()))
            date = f"{begin:%Y-%m-%d %H:%M}"
            if recurrence_id > f"{begin:%Y%m%dT%H%M%S}" and deleting:
                raise ServiceValidationError(**translation("program_delete_from_later_on", date=date))
            if recurrence_id > f"{begin:%Y%m%dT%H%M%S}":
                raise ServiceValidationError(**translation("program_from_later_on", date=date))
        return program.slot

    async def _async_set(self, slot: int, event: dict[str, Any]) -> None:
        program = _program(slot, event[EVENT_START], event.get(EVENT_RRULE))
        since = self._notes.since(slot)
        if program not in self.coordinator.programs_to_be:
            since = dt_util.utcnow()
            await self.async_send(SetPreconditioningPrograms(programs=(program,)))
        # The car does not keep titles.
        title = event.get(EVENT_SUMMARY)
        self._notes.put(program, None if title == self._usual_title(slot) else title, since)
        self.coordinator.async_update_listeners()

    def _usual_title(self, slot: int) -> str:
        """Return the title of an event that nobody has given one, in the server's language."""
        words = async_get_cached_translations(self.hass, self.hass.config.language, "common", DOMAIN)
        return words.get(f"component.{DOMAIN}.common.program", "{slot}").format(slot=slot)


class StellantisTripsCalendar(StellantisEntity, CalendarEntity):
    """The trips of a car. All of them are over, so none is the next event."""

    @property
    @override
    def event(self) -> CalendarEvent | None:
        return None

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        start, end = dt_util.as_utc(start_date), dt_util.as_utc(end_date)
        return [
            CalendarEvent(
                start=trip.started_at,
                end=_event_end(trip.started_at, trip.ended_at),
                summary=title(hass, trip),
                description=describe(hass, trip),
                location=trip.zone_to,
                uid=trip.id,
            )
            for trip in self.account.trips[self.coordinator.vehicle.vin].all
            if trip.ended_at >= start and trip.started_at < end
        ]


@contextmanager
def _in_the_servers_language(hass: HomeAssistant) -> Iterator[None]:
    """Put errors into words. The calendar's dialog shows an error's string, which Home Assistant makes in English."""
    try:
        yield
    except HomeAssistantError as err:
        sentences = async_get_cached_translations(hass, hass.config.language, "exceptions", DOMAIN)
        sentence = sentences.get(f"component.{err.translation_domain}.exceptions.{err.translation_key}.message")
        placeholders = err.translation_placeholders or {}
        raise type(err)(
            sentence.removesuffix(".").format(**placeholders) if sentence else str(err),
            translation_domain=err.translation_domain,
            translation_key=err.translation_key,
            translation_placeholders=placeholders,
        ) from err


def _event_end(started_at: datetime, ended_at: datetime) -> datetime:
    """Return the end of an event: one may take no time, or end before it began by a clock that goes back meanwhile.

    Home Assistant shows no event of the calendar if one of them ends before it begins by the clock.
    """
    start, end = (dt_util.as_local(each).replace(tzinfo=None) for each in (started_at, ended_at))
    return ended_at if end > start else started_at + SHORTEST


def _occurrences(program: Program, after: datetime) -> Iterator[datetime]:
    """Return when a program begins after a time (UTC), again and again."""
    day = dt_util.as_local(after)
    days = program.days or DAYS
    while True:
        begin = at_day(day, program.start)
        if begin > after and DAYS[day.weekday()] in days:
            yield begin
        day += timedelta(days=1)


def _rule(program: Program) -> str:
    return "FREQ=WEEKLY;BYDAY=" + ",".join(_WEEKDAYS[DAYS.index(day)] for day in program.days)


def _program(slot: int, start: object, rule: str | None) -> Program:
    """Return the program for an event. Raises a ServiceValidationError if a program cannot be like that."""
    if not isinstance(start, datetime):
        raise ServiceValidationError(**translation("program_all_day"))
    begin, now = dt_util.as_local(start), dt_util.utcnow()
    if begin > now + WEEK:
        raise ServiceValidationError(**translation("program_too_far"))
    if not rule and begin <= now:
        raise ServiceValidationError(**translation("program_past"))
    return Program(
        slot=slot,
        start=since_midnight(begin.time()),
        days=_days(rule, begin) if rule else (DAYS[begin.weekday()],),
        enabled=True,
        recurring=bool(rule),
    )


def _days(rule: str, begin: datetime) -> tuple[str, ...]:
    """Read the days of a recurrence rule (RFC 5545). Raises a ServiceValidationError for any other part."""
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    if parts.keys() & {"COUNT", "UNTIL"}:
        raise ServiceValidationError(**translation("program_end"))
    named = parts["BYDAY"].split(",") if "BYDAY" in parts else []
    frequency = parts.get("FREQ")
    if (
        parts.keys() - {"FREQ", "INTERVAL", "BYDAY", "WKST"}
        or frequency not in {"DAILY", "WEEKLY"}
        or parts.get("INTERVAL", "1") != "1"
        or not set(named) <= set(_WEEKDAYS)
    ):
        raise ServiceValidationError(**translation("program_rule"))
    if named and _WEEKDAYS[begin.weekday()] not in named:  # the days may be those of another time zone
        raise ServiceValidationError(**translation("program_first_day"))
    if named:
        return tuple(day for day, weekday in zip(DAYS, _WEEKDAYS, strict=True) if weekday in named)
    return DAYS if frequency == "DAILY" else (DAYS[begin.weekday()],)
