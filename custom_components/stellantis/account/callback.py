"""The vendor's callback, kept in step with the way that its messages are to come; the monitors follow.

There is one callback for each entry. It belongs to the entry: found again by its label, mended, never duplicated,
deleted when the entry is removed. A reload or restart deletes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
import logging
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..api.client import RegistrationStatus, StellantisClient, UserCallback
from ..api.errors import (
    BadRequestError,
    ForbiddenError,
    NoDataError,
    RateLimitError,
    StellantisError,
    VendorError,
)
from ..api.lenient import as_object, as_objects
from ..backoff import Retry
from ..const import CONF_CALLBACK_ID
from ..translate import NoUrlError
from .delivery import DeliveryMethod
from .registered import Change, Registrar
from .rounds import Rounds

_LOGGER = logging.getLogger(__name__)

# An account has one callback only.
_KEY: Final = "callback"
# In the place of a VIN: all cars.
_ALL: Final = "all"
_KINDS: Final = ("webhook", "websocket", "pushnotif")
# What the vendor may answer that does not change a callback.
_REFUSALS: Final = (BadRequestError, ForbiddenError, NoDataError, VendorError)

RETRY_FIRST: Final = 30.0
RETRY_LONGEST: Final = 3600.0
"""Seconds until the vendor is tried again: doubled by each failure, at most an hour."""
LEFT_OVER: Final = 300.0
"""Seconds until a callback that has been replaced, and that remotes still report to, is looked at again."""
SETTLE: Final = 1.0
"""Seconds for which a slider has to stand still before the vendor is told."""


class Callback:
    """The callback of one account; its messages come by `delivery`.

    `is_needed` tells whether remotes still report to the callback with an id. `keep_monitors` is called with the id of
    the callback that has been kept, the VINs of the cars to look at, None for all, and whether the callback is so new
    that it has no monitors; it returns whether none of the cars has to be tried again soon. If it raises a
    StellantisError, all of it is tried again. `stop_monitors` is called when the vendor has nowhere to send to.
    `catch_up` is called when the callback and its monitors are as wanted, with whether messages may have been lost
    before. `on_gap` is called when messages up to now may have been lost: the callback was not as wanted, or the vendor
    fails.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: StellantisClient,
        delivery: DeliveryMethod,
        *,
        is_needed: Callable[[str], bool],
        keep_monitors: Callable[[str, AbstractSet[str] | None, bool], Awaitable[bool]],
        stop_monitors: Callable[[], None],
        catch_up: Callable[[bool], Awaitable[None]],
        on_gap: Callable[[], None],
    ) -> None:
        """Start with what the entry remembers; `async_keep` makes the first request."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._delivery = delivery
        self._is_needed = is_needed
        self._registrar = self._make_registrar()
        self._keep_monitors = keep_monitors
        self._stop_monitors = stop_monitors
        self._catch_up = catch_up
        self._on_gap = on_gap
        self._rounds = Rounds(hass, entry, self._async_reconcile, "keep the callback in step")
        self._retry = Retry(hass, self._async_try_again, first=RETRY_FIRST, longest=RETRY_LONGEST)
        self._left_over: CALLBACK_TYPE | None = None
        self._left: set[str] = set()  # what the last round has not done
        self._limited = False
        self._looking = asyncio.Lock()
        self._next_look: asyncio.Task[str] | None = None
        self._changed = False
        self._new: str | None = None  # the id of a callback whose monitors have not been made yet
        self._in_step = False
        self._was_in_step = False
        self._missed = False
        self._mended = False

    @property
    def state(self) -> dict[str, Any]:
        """The state for diagnostics, without a secret."""
        return {"in_step": self._in_step, "failures": self._retry.failures}

    @callback
    def async_keep(self) -> None:
        """Keep the vendor's callback in step from now on."""
        self._entry.async_on_unload(self._retry.async_cancel)
        self._entry.async_on_unload(self._cancel_left_over)
        self._delivery.async_on_change(self._async_reconcile_now)
        self.async_schedule_reconcile()

    async def async_id(self) -> str:
        """Return the callback's id; registers the callback if that has not been done yet. Raises as `async_repair`."""
        return self._entry.data.get(CONF_CALLBACK_ID) or await self.async_repair()

    async def async_repair(self) -> str:
        """Find, create or mend the vendor's callback, and return its id; if it has changed, the monitors follow.

        Raises NoUrlError if there is nowhere to send to, or another StellantisError.
        """
        callback_id = await self._async_look()
        if self._changed:
            self._changed = False
            self._async_reconcile_now()
        return callback_id

    @callback
    def async_schedule_reconcile(self, vin: str | None = None) -> None:
        """Bring the monitors of this car in step, or the callback and the monitors of all cars.

        While the vendor is to be tried again later, this waits until then.
        """
        self._rounds.async_wish(vin or _ALL)

    @callback
    def async_schedule_settled(self, vin: str) -> None:
        """Bring the monitors of this car in step once what they depend on has not changed for a moment."""
        self._rounds.async_wish_later(vin, SETTLE)

    @callback
    def _async_reconcile_now(self) -> None:
        """Bring all in step, even while the vendor is to be tried again later: only a rate limit is respected."""
        if not self._limited:
            self._retry.async_cancel()
        self._rounds.async_wish(_ALL)

    async def _async_reconcile(self, vins: AbstractSet[str]) -> None:
        self._left |= vins
        if self._retry.pending:  # also for what was wished for while the last round failed
            return
        callback_id = self._entry.data.get(CONF_CALLBACK_ID)
        try:
            if _ALL in self._left or callback_id is None:
                callback_id = await self._async_look()
            if self._changed:
                self._left.add(_ALL)
                self._changed = False
            new, self._new = self._new == callback_id, None
            self._in_step = await self._keep_monitors(callback_id, None if _ALL in self._left else self._left, new)
        except NoUrlError:
            _LOGGER.info("No https address: ends of remotes are read, not pushed, and cars are polled")
            self._stop_monitors()
            self._in_step = False
        except StellantisError as err:
            self._async_retry_later(err)
        else:
            self._left.clear()
            # Since the start the cars have been read. But before a callback was mended, its messages went elsewhere.
            missed = (self._was_in_step and (self._missed or self._retry.failures > 0)) or self._mended
            self._was_in_step, self._missed, self._mended = True, False, False
            self._retry.async_reset()
            await self._catch_up(missed)

    @callback
    def _async_retry_later(self, err: StellantisError) -> None:
        self._in_step = False
        self._on_gap()
        self._limited = isinstance(err, RateLimitError)
        delay = self._retry.async_schedule(err)
        if self._retry.failures == 1:
            _LOGGER.info(
                "The callback or its monitors could not be registered, the next try is in %.0f s: %r", delay, err
            )

    @callback
    def _async_try_again(self) -> None:
        self._limited = False
        for vin in self._left:
            self._rounds.async_wish(vin)

    async def _async_look(self) -> str:
        """Keep the callback, without its monitors, and return its id.

        All who ask before a look begins share it. A look that is under way may have begun too early for a new caller.
        """
        if self._next_look is None:
            self._next_look = self._entry.async_create_background_task(
                self._hass, self._async_look_next(), "look at the callback", eager_start=False
            )
        look = self._next_look
        await asyncio.wait([look])  # if one who waits is cancelled, the look goes on for the others
        return look.result()

    async def _async_look_next(self) -> str:
        async with self._looking:
            self._next_look = None
            return await self._async_keep_callback()

    async def _async_keep_callback(self) -> str:
        wanted = await self._async_subscription()
        remembered = self._entry.data.get(CONF_CALLBACK_ID)
        found = await self._client.callbacks()
        if remembered and remembered not in {each.id for each in found}:
            # The vendor's list leaves out for a while what there is. With a second callback, all would be told twice.
            if unlisted := await self._client.callback(remembered):
                found.append(unlisted)
            else:
                wanted = await self._async_subscription(lost=True)
        # Of several, keep the one that remotes under way report to.
        found.sort(key=lambda each: each.id != remembered)
        ours = [each for each in found if self._registrar.key(each)]
        kept, callback_id = await self._async_define(ours[0] if ours else None, wanted)
        if kept is None:
            self._new = callback_id
        self._remember(callback_id)
        # Before the monitors of a new one are made: the vendor takes five of a car, over all callbacks.
        too_many = [each for each in ours if each.id != callback_id]
        await self._registrar.async_choose(too_many, [])
        self._look_again(any(self._is_needed(each.id) for each in too_many))
        # At last: remotes can be sent through one that the vendor does not pause.
        await self._registrar.async_set_status(callback_id, kept, self._note_change)
        return callback_id

    async def _async_define(
        self, kept: UserCallback | None, wanted: Mapping[str, Any]
    ) -> tuple[UserCallback | None, str]:
        """Make a callback what is wanted, or a new one in its place if the vendor does not change it.

        Returns what has been kept, None if it is new, and the id.
        """
        try:
            return kept, await self._registrar.async_define(kept, wanted, self._note_change)
        except _REFUSALS as err:
            passing = isinstance(err, VendorError) and kept and _kind(kept.subscription) == _kind(wanted)
            if kept is None or passing:
                raise
            callback_id = await self._registrar.async_define(None, wanted, self._note_change)
            self._mended = True
            return None, callback_id

    @callback
    def _remember(self, callback_id: str) -> None:
        if callback_id != self._entry.data.get(CONF_CALLBACK_ID):
            self._changed = True
            data = {**self._entry.data, CONF_CALLBACK_ID: callback_id}
            self._hass.config_entries.async_update_entry(self._entry, data=data)

    def _look_again(self, left_over: bool) -> None:
        """Look again later if callbacks are left over: the remotes that report to them come to an end."""
        self._cancel_left_over()
        if left_over:

            @callback
            def look(_now: datetime) -> None:
                self._left_over = None
                self.async_schedule_reconcile()

            self._left_over = async_call_later(self._hass, LEFT_OVER, look)

    @callback
    def _cancel_left_over(self) -> None:
        if self._left_over:
            self._left_over()
            self._left_over = None

    async def _async_subscription(self, *, lost: bool = False) -> dict[str, Any]:
        """Return the body of the callback (docs/vendor-api.md, "Callbacks")."""
        return {
            "label": _label(self._entry),
            "type": ["Monitor", "Remote"],
            "callback": await self._delivery.async_registration(lost=lost),
        }

    def _make_registrar(self) -> Registrar[UserCallback, Mapping[str, Any]]:
        return Registrar(
            key=lambda found: _KEY if found.label == _label(self._entry) else None,
            create=self._client.create_callback,
            update=self._client.update_callback,
            set_status=self._client.set_callback_status,
            delete=self._client.delete_callback,
            differs=lambda found, wanted: _differs(found.subscription, wanted),
            status=RegistrationStatus.RUNNING if self._delivery.pushes else RegistrationStatus.PAUSED,
            is_needed=self._is_needed,
        )

    def _note_change(self, change: Change) -> None:
        """Note that the callback was not as it should be: messages may have been lost."""
        self._missed = self._changed = True
        self._mended = self._mended or change is Change.MENDED
        self._on_gap()
        _LOGGER.info("The vendor's callback has been %s", change)


class Owner(Protocol):
    """The entry that a callback belongs to, or what is left of it."""

    entry_id: str


async def async_delete_callback(entry: Owner, client: StellantisClient, remembered: str | None) -> None:
    """Delete the callback of an entry that is given up; `remembered` is the id that the entry has kept.

    Raises a StellantisError unless it is certain that there is none left: a gateway's 404 does not say so.
    """
    listed = [found.id for found in await client.callbacks(certain=True) if found.label == _label(entry)]
    for callback_id in listed:
        await client.delete_callback(callback_id)
    if remembered and remembered not in listed:  # the vendor forgets for a while what it has
        try:
            await client.delete_callback(remembered)
        except NoDataError as err:
            if not err.known_address:
                raise


def _label(entry: Owner) -> str:
    return f"Home Assistant {entry.entry_id}"


def _differs(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Tell whether a callback differs from what is wanted, in the parts that the vendor's answer shows."""
    theirs, ours = _essence(found), _essence(wanted)
    return any(their is not None and their != our for their, our in zip(theirs, ours, strict=True))


def _kind(subscription: Mapping[str, Any]) -> str | None:
    """Return which of the vendor's three kinds a callback is of; None if that is not there."""
    registered = as_object(subscription.get("callback"))
    return next((kind for kind in _KINDS if registered.get(kind) is not None), None)


def _essence(subscription: Mapping[str, Any]) -> tuple[object, ...]:
    """Return the parts of a subscription that matter, with lists sorted; None for a part that is not there."""
    kind = _kind(subscription)
    registered = as_object(as_object(subscription.get("callback")).get(kind or ""))
    attributes = [
        (each.get("type", "Header"), each.get("key"), each.get("value"))
        for each in as_objects(registered.get("attributes"))
    ]
    return (
        kind,
        registered.get("target"),
        _sorted(registered.get("devices")),
        _sorted(subscription.get("type")),
        sorted(map(str, attributes)) if isinstance(registered.get("attributes"), list) else None,
    )


def _sorted(items: object) -> list[str] | None:
    return sorted(map(str, items)) if isinstance(items, list) else None
