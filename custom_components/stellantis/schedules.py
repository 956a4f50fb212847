"""The slots of a car's preconditioning programs, and the words and times of programs in Home Assistant."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from .api.status import DAYS, Program
from .coordinator import VehicleCoordinator
from .translate import translation

DAY_NAMES: Final = tuple(day.lower() for day in DAYS)
"""The days as actions spell them: mon to sun."""


def find(programs: Iterable[Program], slot: int) -> Program | None:
    """Return the program in a slot."""
    return next((program for program in programs if program.slot == slot), None)


def existing(car: VehicleCoordinator, slot: int) -> Program:
    """Return the program in a slot. Raises a ServiceValidationError if there is none."""
    check_slot(car, slot)
    program = find(car.programs_to_be, slot)
    if program is None:
        raise ServiceValidationError(**translation("program_missing", car=car.vehicle.name, slot=str(slot)))
    return program


def check_slot(car: VehicleCoordinator, slot: int) -> None:
    """Raise a ServiceValidationError if the car has no such slot."""
    slots = car.vehicle.program_slots
    if not 1 <= slot <= slots:
        raise ServiceValidationError(
            **translation("program_slot", car=car.vehicle.name, slot=str(slot), slots=str(slots))
        )


def free_slot(car: VehicleCoordinator) -> int:
    """Return the first slot without a program. Raises a ServiceValidationError if there is none."""
    used = {program.slot for program in car.programs_to_be}
    for slot in range(1, car.vehicle.program_slots + 1):
        if slot not in used:
            return slot
    raise ServiceValidationError(
        **translation("no_free_program", car=car.vehicle.name, slots=str(car.vehicle.program_slots))
    )


def since_midnight(at: time) -> timedelta:
    """Return a time of day as a time since midnight. Raises a ServiceValidationError for one with seconds."""
    if at.second or at.microsecond:
        raise ServiceValidationError(**translation("program_seconds"))
    return timedelta(hours=at.hour, minutes=at.minute)


def time_of_day(since: timedelta) -> time:
    """Return the time of day that is so long after midnight; `since` is less than a day."""
    minutes = int(since.total_seconds()) // 60
    return time(minutes // 60, minutes % 60)


def at_day(day: datetime, since: timedelta) -> datetime:
    """Return a time of a day in Home Assistant's time zone; the car's clock is assumed to have the same."""
    local = datetime.combine(day, time_of_day(since), dt_util.get_default_time_zone())
    return dt_util.as_local(dt_util.as_utc(local))  # a time that the clock skips becomes the one after


def next_time(at: time, now: datetime) -> datetime:
    """Return when the clock shows this time next; a day on which the clock skips it does not count."""
    later = dt_util.as_local(dt_util.as_utc(now) + timedelta(seconds=1))
    return dt_util.find_next_time_expression_time(later, [at.second], [at.minute], [at.hour])
