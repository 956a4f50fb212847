"""The vendor's callback, kept in step with Home Assistant's address; the monitors follow.

There is one callback for each entry. It belongs to the entry: found again by its label, mended, never duplicated,
deleted when the entry is removed. A reload or restart deletes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
import logging
from typing import Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api.client import StellantisClient, UserCallback
from ..api.errors import RateLimitError, StellantisError
from ..api.lenient import as_object
from ..backoff import Retry
from ..const import CONF_CALLBACK_ID, CONF_CALLBACK_SECRET
from ..translate import NoUrlError
from .address import Address
from .registered import Change, Registrar
from .rounds import Rounds

_LOGGER = logging.getLogger(__name__)

# An account has one callback only.
_KEY: Final = "callback"
# In the place of a VIN: all cars.
_ALL: Final = "all"

RETRY_FIRST: Final = 30.0
RETRY_LONGEST: Final = 3600.0
"""Seconds until the vendor is tried again: doubled by each failure, at most an hour."""
SETTLE: Final = 1.0
"""Seconds for which a slider has to stand still before the vendor is told."""


class Callback:
    """The callback of one account.

    `keep_monitors` is called with the id of the callback that has been kept, and the VINs of the cars to look at, None
    for all; it returns whether none of them has to be tried again soon. If it raises a StellantisError, all of it is
    tried again. `stop_monitors` is called when the vendor has no address to post to. `catch_up` is called when the
    callback and its monitors are as wanted, with whether messages may have been lost before.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        client: StellantisClient,
        *,
        keep_monitors: Callable[[str, AbstractSet[str] | None], Awaitable[bool]],
        stop_monitors: Callable[[], None],
        catch_up: Callable[[bool], Awaitable[None]],
    ) -> None:
        """Start with what the entry remembers; `async_keep` makes the first request."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._registrar = _registrar(entry, client)
        self._address = Address(hass, entry)
        self._keep_monitors = keep_monitors
        self._stop_monitors = stop_monitors
        self._catch_up = catch_up
        self._rounds = Rounds(hass, entry, self._async_reconcile, "keep the callback in step")
        self._retry = Retry(hass, self._async_try_again, first=RETRY_FIRST, longest=RETRY_LONGEST)
        self._left: set[str] = set()  # what the last round has not done
        self._limited = False
        self._looking = asyncio.Lock()
        self._next_look: asyncio.Task[str] | None = None
        self._changed = False
        self._in_step = False
        self._was_in_step = False
        self._missed = False

    @property
    def state(self) -> dict[str, Any]:
        """The state for diagnostics, without a secret."""
        return {"in_step": self._in_step, "failures": self._retry.failures}

    @callback
    def async_keep(self) -> None:
        """Keep the vendor's callback in step with Home Assistant's address from now on."""
        self._entry.async_on_unload(self._retry.async_cancel)
        self._address.async_on_change(self._async_reconcile_now)
        self.async_schedule_reconcile()

    async def async_id(self) -> str:
        """Return the callback's id; registers the callback if that has not been done yet. Raises as `async_repair`."""
        return self._entry.data.get(CONF_CALLBACK_ID) or await self.async_repair()

    async def async_repair(self) -> str:
        """Find, create or mend the vendor's callback, and return its id; if it has changed, the monitors follow.

        Raises NoUrlError if there is nowhere to post to, or another StellantisError.
        """
        callback_id = await self._async_look()
        if self._changed:
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
            self._in_step = await self._keep_monitors(callback_id, None if _ALL in self._left else self._left)
        except NoUrlError:
            _LOGGER.info("No https address: ends of remotes are read, not pushed, and cars are polled")
            self._stop_monitors()
            self._in_step = False
        except StellantisError as err:
            self._async_retry_later(err)
        else:
            self._left.clear()
            missed = self._was_in_step and (self._missed or self._retry.failures > 0)
            self._was_in_step, self._missed = True, False
            self._retry.async_reset()
            await self._catch_up(missed)

    @callback
    def _async_retry_later(self, err: StellantisError) -> None:
        self._in_step = False
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
        wanted = _subscription(self._entry, await self._address.async_url())
        remembered = self._entry.data.get(CONF_CALLBACK_ID)
        # Of several, keep the one that remotes under way report to.
        found = sorted(await self._client.callbacks(), key=lambda each: each.id != remembered)
        kept = (await self._registrar.async_choose(found, [_KEY])).get(_KEY)
        callback_id = await self._registrar.async_keep(kept, wanted, self._note_change)
        if callback_id != remembered:
            self._changed = True
            data = {**self._entry.data, CONF_CALLBACK_ID: callback_id}
            self._hass.config_entries.async_update_entry(self._entry, data=data)
        return callback_id

    def _note_change(self, change: Change) -> None:
        """Note that the callback was not as it should be: messages may have been lost."""
        self._missed = self._changed = True
        _LOGGER.info("The vendor's callback has been %s", change)


class Owner(Protocol):
    """The entry that a callback belongs to, or what is left of it."""

    entry_id: str


async def async_delete_callback(entry: Owner, client: StellantisClient) -> None:
    """Delete the callback of an entry that is given up.

    Raises a StellantisError unless it is certain that there is none left: a gateway's 404 does not say so.
    """
    for found in await client.callbacks(certain=True):
        if found.label == _label(entry):
            await client.delete_callback(found.id)


def _registrar(entry: Owner, client: StellantisClient) -> Registrar[UserCallback, Mapping[str, Any]]:
    return Registrar(
        key=lambda found: _KEY if found.label == _label(entry) else None,
        create=client.create_callback,
        update=client.update_callback,
        resume=client.resume_callback,
        delete=client.delete_callback,
        differs=lambda found, wanted: _differs(found.subscription, wanted),
    )


def _label(entry: Owner) -> str:
    return f"Home Assistant {entry.entry_id}"


def _subscription(entry: ConfigEntry[Any], url: str) -> dict[str, Any]:
    """Return what the callback is registered with (docs/vendor-api.md, "Callbacks").

    Only attributes of type Body are filled in when messages come in batches.
    """
    return {
        "label": _label(entry),
        "type": ["Monitor", "Remote"],
        "callback": {
            "webhook": {
                "name": "Home Assistant",
                "target": url,
                "attributes": [
                    {"type": "Body", "key": "secret", "value": entry.data[CONF_CALLBACK_SECRET]},
                    {"type": "Body", "key": "vin", "value": "$vin"},
                ],
            }
        },
    }


def _differs(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Tell whether a callback differs from what is wanted, in the parts that the vendor's answer shows."""
    theirs, ours = _essence(found), _essence(wanted)
    return any(their is not None and their != our for their, our in zip(theirs, ours, strict=True))


def _essence(subscription: Mapping[str, Any]) -> tuple[object, ...]:
    """Return the parts of a subscription that matter, with lists sorted; None for a part that is not there."""
    hook = as_object(as_object(subscription.get("callback")).get("webhook"))
    types, attributes = subscription.get("type"), hook.get("attributes")
    return (
        hook.get("target"),
        sorted(map(str, types)) if isinstance(types, list) else None,
        sorted(str([each.get(key) for key in ("type", "key", "value")]) for each in map(as_object, attributes))
        if isinstance(attributes, list)
        else None,
    )
