"""When to stop a charge at a level of the battery: the vendor has no remote for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
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


class _State(Enum):
    """What is to be done about a charge."""

    WATCHED = auto()
    """It is to be stopped once it has reached the limit."""
    UNCERTAIN = auto()
    """The same, but an attempt may have stopped it although that was not told."""
    STOPPED = auto()
    """An attempt has stopped it, but the car has not reported that yet."""
    LEFT = auto()
    """Nothing: it has been stopped, somebody wants it to go on, or too many attempts have been made."""


@dataclass(frozen=True, slots=True)
class _Report:
    """What a car reports of a charge: the dates of its status and of the level of the battery, and the level."""

    charging_at: datetime
    level_at: datetime
    level: float | None

    def is_news_after(self, earlier: _Report) -> bool:
        """Tell whether it is newer than another one. Some cars do not change the date with the level."""
        newer = self.charging_at > earlier.charging_at or self.level_at > earlier.level_at
        return newer or self.level != earlier.level


@dataclass(slots=True, eq=False)
class _Charge:
    """One charge up to one limit.

    `answered` is the report for which the last attempt to stop it was made. `rested` is whether the car itself has
    reported since that it does not charge. `stopped_at` is the date of the stop, if its `state` is STOPPED.
    """

    state: _State = _State.WATCHED
    attempts: int = 0
    answered: _Report | None = None
    rested: bool = False
    stopped_at: datetime | None = None

    @property
    def done(self) -> bool:
        """Whether there is nothing to be done for what is known."""
        return self.state in {_State.STOPPED, _State.LEFT}

    def note_stop(self, at: datetime | None) -> None:
        """Note that an attempt has stopped it, at this date of the car's status."""
        if self.state is not _State.LEFT:
            self.stopped_at = at
            self.state = _State.LEFT if self.rested or at is None else _State.STOPPED

    def note_attempt(self, *, uncertain: bool) -> None:
        """Count an attempt; `uncertain` is whether it may have worked although that was not told."""
        self.attempts += 1
        if self.attempts >= _MAX_ATTEMPTS:
            self.state = _State.LEFT
        elif uncertain and not self.done:
            self.state = _State.UNCERTAIN

    def goes_on_after_stop(self, report: _Report) -> bool:
        """Tell whether a report of charging shows that the stop was none: the car has never reported it."""
        return self.stopped_at is not None and (
            self.state is _State.STOPPED and report.charging_at > self.stopped_at + _STOPS_WITHIN
        )

    def note_rest(self, report: _Report, charged_at: datetime | None) -> None:
        """Note that the car does not charge. Only a report of its own is newer than its last report of charging.

        `charged_at` is the date of the level in that one.
        """
        stop_reported = self.state is _State.STOPPED and report.charging_at != self.stopped_at
        if stop_reported or (charged_at and report.level_at > charged_at):
            self.rested = True  # who charges now has started again
            if self.state is _State.STOPPED:
                self.state = _State.LEFT


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
        self._charge = _Charge()
        if known.get("done") is True:
            self._charge.state = _State.LEFT
        elif known.get("stopping") is True:
            self._charge.state = _State.UNCERTAIN
        self._attempt: _Charge | None = None  # the charge that an attempt under way is for
        self._charged_at: datetime | None = None  # the date of the level when the car last reported that it charges

    @property
    def level_to_monitor(self) -> int | None:
        """The battery level to monitor; None if no limit is set."""
        return None if self.percent == NO_LIMIT else self.percent

    def set(self, percent: int) -> None:
        """Stop charging at another level."""
        self.percent = percent
        self._charge = _Charge()

    def check(self, status: Status, *, start_pending: bool) -> bool:
        """Return whether to stop the charge now. After a True, the next one comes after `note_attempt` only.

        `start_pending` is whether a remote that starts charging is pending.
        """
        charging, battery = status.charging, status.battery
        if self.level_to_monitor is None or charging is None or battery is None:
            return False
        level = battery.trusted_level
        if charging.plugged is False or (level is not None and level < self.percent - _NEW_CHARGE_BELOW):
            self._charge = _Charge()
            return False
        report = _Report(charging.date_of("status"), battery.date_of("level"), level)
        if not charging.in_progress:
            self._charge.note_rest(report, self._charged_at)
            if self._charge.state is _State.UNCERTAIN and self._attempt is None:
                self._charge.state = _State.LEFT
            return False
        self._charged_at = report.level_at
        if start_pending and self.reached(status):
            self._charge.state = _State.LEFT
        return self.reached(status) and self._begin_attempt(report)

    def allow(self, status: Status) -> None:
        """Do not stop a charge that somebody starts above the limit, or has started again."""
        if self._charge.done or self.reached(status):
            self._charge.state = _State.LEFT

    def note_attempt(self, status: Status, *, stopped: bool, certain: bool = True, asked: bool = True) -> None:
        """Note how the attempt to stop the charge has ended; `certain` is whether that is known.

        `asked` is whether the car was asked at all: an outage of the vendor uses up no attempt.
        """
        # It was for another charge if there is a new one, or another limit.
        same, self._attempt = self._attempt is self._charge, None
        if stopped and (same or self.reached(status)):
            self._charge.note_stop(status.charging.date_of("status") if status.charging else None)
        if same and asked:
            self._charge.note_attempt(uncertain=not (stopped or certain))

    def reached(self, status: Status) -> bool:
        """Return whether the battery is at the limit or above. A level that contradicts the range says nothing."""
        level = status.battery.trusted_level if status.battery else None
        return level is not None and level >= self.percent

    def as_dict(self) -> dict[str, Any]:
        """Return what outlives a restart, as JSON."""
        uncertain = self._attempt is not None or self._charge.state is _State.UNCERTAIN
        stopping = {"stopping": True} if uncertain else {}
        return {"percent": self.percent, "done": self._charge.done, **stopping}

    def _begin_attempt(self, report: _Report) -> bool:
        """Return whether to answer a report of a charge that has reached the limit by an attempt to stop it."""
        charge = self._charge
        if report.level_at < report.charging_at:  # a level from before the charge began says nothing about this charge
            return False
        if charge.goes_on_after_stop(report):
            charge.state = _State.WATCHED
        answered = charge.answered is not None and not report.is_news_after(charge.answered)
        if charge.done or self._attempt or answered:
            return False
        charge.answered, charge.rested = report, False
        self._attempt = charge
        return True
