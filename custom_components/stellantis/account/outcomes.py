"""How a remote ended, for the car's event entity and the logbook."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from homeassistant.components.lock import LockState
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..const import DOMAIN
from ..coordinator import Requester

EVENT_REMOTE: Final = "stellantis_remote"
"""Fired on Home Assistant's bus for the logbook, unless a change of state tells it there."""

UNKNOWN_ACTION: Final = "unknown"
"""The action of a remote that was sent before a crash."""

_MAX_UNTOLD: Final = 20


class Result(StrEnum):
    """How a remote ended."""

    SUCCESS = "success"
    ALREADY_DONE = "already_done"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a remote ended.

    `remote`, `action` and `failure_cause` are the words of translations. `duration` is in seconds since it was sent,
    to a tenth; None if that is not known. `sent_at` is when it was sent, by Home Assistant's clock.
    """

    result: Result
    remote: str | None
    action: str
    failure_cause: str | None = None
    duration: float | None = None
    sent_at: datetime | None = None
    requester: Requester = field(default_factory=Requester)


class Outcomes:
    """Tells how the remotes of one account ended."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], on_late: Callable[[], None]) -> None:
        """Start with no listener. `on_late` is called when outcomes were heard for which nobody had listened before."""
        self._hass = hass
        self._entry = entry
        self._on_late = on_late
        self._listeners: dict[str, Callable[[Outcome], None]] = {}
        # A remote may end before the car's event entity exists.
        self._untold: defaultdict[str, deque[Outcome]] = defaultdict(lambda: deque(maxlen=_MAX_UNTOLD))

    @callback
    def async_listen(self, vin: str, listener: Callable[[Outcome], None]) -> CALLBACK_TYPE:
        """Call `listener` with each outcome of this car, earlier ones first if nobody listened; returns how to stop."""
        self._listeners[vin] = listener
        if late := self._untold.pop(vin, None):
            for outcome in late:
                listener(outcome)
            self._on_late()

        @callback
        def stop() -> None:
            if self._listeners.get(vin) is listener:
                del self._listeners[vin]

        return stop

    def forget(self, vin: str) -> None:
        """Forget the outcomes of a car that nobody has heard: the car has left the account and comes back."""
        self._untold.pop(vin, None)

    @callback
    def async_tell(self, vin: str, outcome: Outcome) -> bool:
        """Tell how a remote of this car ended; returns whether anybody has heard it already."""
        if listener := self._listeners.get(vin):
            listener(outcome)
        else:
            self._untold[vin].append(outcome)
        if not self._is_shown(outcome):
            self._fire(vin, outcome)
        return listener is not None

    def _fire(self, vin: str, outcome: Outcome) -> None:
        device = dr.async_get(self._hass).async_get_device_by_identifier((DOMAIN, vin), self._entry.entry_id)
        data = {
            "device_id": device.id if device else None,
            "entity_id": outcome.requester.entity_id,
            "result": outcome.result,
            "remote": outcome.remote,
            "action": outcome.action,
            "failure_cause": outcome.failure_cause,
            "duration": outcome.duration,
        }
        self._hass.bus.async_fire(EVENT_REMOTE, data, context=outcome.requester.context)

    def _is_shown(self, outcome: Outcome) -> bool:
        """Return whether the entity that was used shows a success by its state: the logbook has a line of that."""
        requester, state = outcome.requester, self._hass.states.get(outcome.requester.entity_id or "")
        if outcome.result is not Result.SUCCESS or outcome.sent_at is None or state is None:
            return False
        changed = state.last_changed >= outcome.sent_at and state.context == requester.context
        return changed or state.state in {LockState.LOCKING, LockState.UNLOCKING}
