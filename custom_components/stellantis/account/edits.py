"""Edits of one entity that follow each other quickly: of a time, hour and minute are typed one after the other."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..coordinator import Pending

EDIT_PAUSE: Final = 2.0
"""Seconds without another edit of the same entity until an edit is sent."""


@dataclass(slots=True, eq=False)
class Run:
    """A remote, the task that carries it out, and how many callers wait for its end."""

    pending: Pending
    task: asyncio.Task[None] = field(init=False)
    callers: int = 0


@dataclass(slots=True, eq=False)
class _Edit:
    """An edit that waits for further ones until it is `settled`."""

    vin: str
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    cancel_timer: CALLBACK_TYPE | None = None


class Edits:
    """The edits that have not been sent yet."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without an edit."""
        self._hass = hass
        self._edits: dict[Run, _Edit] = {}

    def find(self, entity_id: str | None) -> Run | None:
        """Return the run that another edit of this entity may change, and let it wait for one more pause."""
        for run, edit in self._edits.items():
            if run.pending.requester.entity_id == entity_id and not run.task.cancelling():
                self._restart_timer(edit)
                return run
        return None

    def settle(self, vin: str) -> bool:
        """Let the edits of a car be sent at once; return whether there are any."""
        edits = [edit for edit in self._edits.values() if edit.vin == vin]
        for edit in edits:
            edit.settled.set()
        return bool(edits)

    async def async_wait(self, vin: str, run: Run) -> None:
        """Wait until an edit is to be sent."""
        edit = self._edits[run] = _Edit(vin)
        self._restart_timer(edit)
        try:
            await edit.settled.wait()
        finally:
            self._stop_timer(edit)
            del self._edits[run]

    def _restart_timer(self, edit: _Edit) -> None:
        self._stop_timer(edit)

        @callback
        def settle(_now: datetime) -> None:
            edit.cancel_timer = None
            edit.settled.set()

        edit.cancel_timer = async_call_later(self._hass, EDIT_PAUSE, settle)

    def _stop_timer(self, edit: _Edit) -> None:
        if edit.cancel_timer:
            edit.cancel_timer()
            edit.cancel_timer = None
