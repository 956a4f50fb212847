"""When to stop a charge at a level of the battery: the vendor has no remote for it."""

from collections.abc import Mapping
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


class ChargeLimit:
    """The charge limit of one car, in percent.

    Each charge is stopped once; if somebody restarts it, it is left running. This class only decides: its user stops
    the charge and reports the result to `note_attempt`.
    """

    def __init__(self, stored: object = None) -> None:
        """Go on with what `as_dict` made."""
        known: Mapping[str, Any] = as_object(stored)
        self.percent = int(as_number(known.get("percent"), MIN_LIMIT, NO_LIMIT) or NO_LIMIT)
        self._done = known.get("done") is True
        self._attempts = 0
        self._stopping = False
        self._attempt_counts = False

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
        if self.level_to_monitor is None or charging is None or battery is None or battery.level is None:
            return False
        if charging.plugged is False or battery.level < self.percent - _NEW_CHARGE_BELOW:
            self._begin_charge()
            return False
        # A level from before the charge began says nothing about this charge.
        fresh = battery.date_of("level") >= charging.date_of("status")
        if not (charging.in_progress and fresh and self._reached(status)):
            return False
        if start_pending:
            self._done = True
        if self._done or self._stopping:
            return False
        self._stopping = self._attempt_counts = True
        return True

    def allow(self, status: Status) -> None:
        """Do not stop a charge that somebody starts above the limit."""
        self._done = self._done or self._reached(status)

    def note_attempt(self, *, stopped: bool) -> None:
        """Note how the attempt to stop the charge has ended."""
        self._stopping = False
        if self._attempt_counts:
            self._attempts += 1
            self._done = stopped or self._attempts >= _MAX_ATTEMPTS

    def as_dict(self) -> dict[str, Any]:
        """Return what outlives a restart, as JSON."""
        return {"percent": self.percent, "done": self._done}

    def _reached(self, status: Status) -> bool:
        battery = status.battery
        return battery is not None and battery.level is not None and battery.level >= self.percent

    def _begin_charge(self) -> None:
        # An attempt that is under way was for the charge, or the limit, before this one.
        self._done, self._attempts, self._attempt_counts = False, 0, False
