"""When to stop a charge at a level of the battery: the vendor has no remote for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ..api.lenient import as_number, as_object
from ..api.status import Status

MIN_LIMIT: Final = 50
NO_LIMIT: Final = 100
"""The lowest limit, and the highest, which is none: a charge ends at 100 % by itself."""
_NEW_CHARGE_BELOW: Final = 5
"""A charge this many percent below the limit is a new one, although the cable was not pulled."""
_MAX_ATTEMPTS: Final = 3
"""How many attempts to stop a charge may fail before giving up."""
_STOPS_WITHIN: Final = timedelta(minutes=1)
"""A report of charging that is this much newer than the end of an attempt is not from before it."""


class ChargeLimit:
    """The charge limit of one car, in percent.

    Each charge is stopped once; if somebody restarts it, it is left running. This class only decides: its user stops
    the charge and reports the result to `note_attempt`. Each report of the charge is answered once: an attempt is
    repeated when the car reports a newer status or level, not whenever anything of the car changes.
    """

    def __init__(self, stored: object = None) -> None:
        """Go on with what `as_dict` made."""
        known: Mapping[str, Any] = as_object(stored)
        self.percent = int(as_number(known.get("percent"), MIN_LIMIT, NO_LIMIT) or NO_LIMIT)
        self._done = known.get("done") is True
        # Whether an attempt may have stopped the charge although that was not told.
        self._uncertain = known.get("stopping") is True
        self._attempts = 0
        self._stopping = False
        self._attempt_counts = False
        self._charged_at: datetime | None = None  # the date of the level when the car last reported that it charges
        self._answered: tuple[datetime, datetime, float] | None = None
        self._rested = False  # whether the car itself has reported since the attempt that it does not charge
        self._told_at: datetime | None = None  # the date of a stop that the car has not reported yet

    @property
    def level_to_monitor(self) -> int | None:
        """The battery level to monitor; None if no limit is set."""
        return None if self.percent == NO_LIMIT else self.percent

    def set(self, percent: int) -> None:
        """Stop charging at another level."""
        self.percent = percent
        self._begin_charge()

    def check(self, status: Status, *, start_pending: bool) -> bool:
        """Return whether to stop the charge now. After a True, the next one comes after `note_attempt` only.

        `start_pending` is whether a remote that starts charging is pending.
        """
        charging, battery = status.charging, status.battery
        if self.level_to_monitor is None or charging is None or battery is None:
            return False
        level = battery.trusted_level
        if charging.plugged is False or (level is not None and level < self.percent - _NEW_CHARGE_BELOW):
            self._begin_charge()
            return False
        report = charging.date_of("status"), battery.date_of("level")
        if not charging.in_progress:
            self._note_rest(*report)
            return False
        self._charged_at = report[1]
        if start_pending and self.reached(status):
            self._leave()
        if level is None or level < self.percent:
            return False
        return self._begin_attempt(*report, level)

    def allow(self, status: Status) -> None:
        """Do not stop a charge that somebody starts above the limit, or has started again."""
        if self._done or self.reached(status):
            self._leave()

    def note_attempt(self, status: Status, *, stopped: bool, certain: bool = True) -> None:
        """Note how the attempt to stop the charge has ended; `certain` is whether that is known."""
        self._stopping = False
        # If the limit was changed meanwhile, the charge has been stopped for the new one only if that was reached.
        if stopped and (self._attempt_counts or self.reached(status)):
            self._done, self._uncertain = True, False
            self._told_at = status.charging.date_of("status") if status.charging and not self._rested else None
        if self._attempt_counts:
            self._attempts += 1
            self._uncertain = self._uncertain or not (stopped or certain)
            self._done = self._done or self._attempts >= _MAX_ATTEMPTS

    def reached(self, status: Status) -> bool:
        """Return whether the battery is at the limit or above. A level that contradicts the range says nothing."""
        level = status.battery.trusted_level if status.battery else None
        return level is not None and level >= self.percent

    def as_dict(self) -> dict[str, Any]:
        """Return what outlives a restart, as JSON."""
        stopping = {"stopping": True} if self._stopping or self._uncertain else {}
        return {"percent": self.percent, "done": self._done, **stopping}

    def _begin_attempt(self, charging_at: datetime, level_at: datetime, level: float) -> bool:
        """Return whether to answer a report of a charge that has reached the limit by an attempt to stop it."""
        if level_at < charging_at:  # a level from before the charge began says nothing about this charge
            return False
        if self._told_at and charging_at > self._told_at + _STOPS_WITHIN and self._attempts < _MAX_ATTEMPTS:
            self._done, self._told_at = False, None  # the car goes on charging: it has never reported the stop
        if self._done or self._stopping or self._is_answered(charging_at, level_at, level):
            return False
        self._answered = charging_at, level_at, level
        self._rested = False
        self._stopping = self._attempt_counts = True
        return True

    def _is_answered(self, charging_at: datetime, level_at: datetime, level: float) -> bool:
        if self._answered is None:
            return False
        # Some cars do not change the date with the level.
        answered_charging_at, answered_at, answered_level = self._answered
        return charging_at <= answered_charging_at and level_at <= answered_at and level == answered_level

    def _note_rest(self, charging_at: datetime, level_at: datetime) -> None:
        """Note that the car does not charge. Only a report of its own is newer than its last report of charging."""
        if (self._charged_at and level_at > self._charged_at) or self._told_at not in {None, charging_at}:
            self._rested, self._told_at = True, None  # who charges now has started again
        if self._uncertain and not self._stopping:
            self._leave()

    def _leave(self) -> None:
        """Leave this charge running."""
        self._done, self._uncertain, self._told_at = True, False, None

    def _begin_charge(self) -> None:
        # An attempt that is under way was for the charge, or the limit, before this one.
        self._done = self._uncertain = self._attempt_counts = self._rested = False
        self._attempts = 0
        self._answered = self._told_at = None
