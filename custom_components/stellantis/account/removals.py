"""What the vendor still holds for accounts that are gone: taken back, in the background while it does not answer.

The callback goes first and the token last, because only the token can delete the callback; then the certificate files
that were uploaded, which deleting the callback takes too. What is not finished is stored. Home Assistant sets the
integration up only if it has an entry: after a restart without one nothing goes on until an account is added.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.uuid import random_uuid_hex

from ..api.certificates import Credentials
from ..api.errors import AuthenticationError, CertificateError, StellantisError
from ..api.lenient import as_object, as_text, parse_date
from ..backoff import retry_delay
from ..const import (
    CONF_API_URL,
    CONF_CALLBACK_ID,
    CONF_CALLBACK_SECRET,
    CONF_CLOUDHOOK_URL,
    CONF_FIREBASE_CREDENTIALS,
    CONF_OAUTH_URL,
    CONF_REALM,
    CONF_SCOPE_SEPARATOR,
    CONF_SCOPES,
    DOMAIN,
)
from ..oauth import DetachedToken, StellantisOAuth2Implementation
from ..stores import async_load_store
from ..uploads import async_remove_uploads
from .callback import async_delete_callback
from .create import async_load_credentials, create_client

_LOGGER = logging.getLogger(__name__)

RETRY_FIRST: Final = 60.0
RETRY_LONGEST: Final = 3600.0
"""Seconds until what failed is tried again: doubled by each failure, up to an hour."""
GIVE_UP_AFTER: Final = timedelta(days=3)
"""How long it is tried; the vendor sends a message that nobody takes for as long."""
WAIT: Final = 10.0
"""Seconds that Home Assistant waits for the first try when an entry is removed."""

# What only a running account needs.
_NOT_KEPT: Final = {
    CONF_CALLBACK_SECRET,
    CONF_CLOUDHOOK_URL,
    CONF_FIREBASE_CREDENTIALS,
    CONF_WEBHOOK_ID,
}
# And what nothing can be taken back without.
_NEEDED: Final = {
    CONF_API_URL,
    CONF_CLIENT_ID,
    CONF_CLIENT_SECRET,
    CONF_OAUTH_URL,
    CONF_REALM,
    CONF_SCOPE_SEPARATOR,
    CONF_SCOPES,
    "token",
}
_NEEDED_OF_TOKEN: Final = {"access_token", "expires_at"}
_TOKENS: Final = ("refresh_token", "access_token")


@dataclass(eq=False, kw_only=True)
class Removal:
    """What is to be taken back: the callback of the entry with this id, if it is not empty, and the token in `data`.

    With `callback_deleted` the token is all that is left. Once that is revoked, nobody can ask for the callback again.
    """

    entry_id: str
    data: dict[str, Any] = field(repr=False)
    since: datetime
    callback_deleted: bool = False
    failures: int = 0
    credentials: Credentials | None = None  # the files may be gone before the vendor answers
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    cancel_retry: CALLBACK_TYPE | None = None
    cancel_end: CALLBACK_TYPE | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "entry_id": self.entry_id,
            "data": self.data,
            "since": self.since.isoformat(),
            "callback_deleted": self.callback_deleted,
        }


class Removals:
    """The removals that are not finished: `get_removals` returns them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with none; `async_resume` reads those of before a restart."""
        self._hass = hass
        self._store: Store[dict[str, Any]] = Store(hass, 1, f"{DOMAIN}.removals", private=True)
        self._open: dict[str, Removal] = {}
        self._loaded = False

    async def async_resume(self) -> None:
        """Go on with what was not finished before a restart."""
        if self._loaded:
            return
        self._loaded = True
        for key, stored in (await async_load_store(self._hass, self._store)).items():
            if (removal := _restore(stored)) and key not in self._open:
                self._open[key] = removal
                self._schedule(key, removal, RETRY_FIRST)
                self._schedule_end(key, removal)

    async def async_add(
        self, data: Mapping[str, Any], *, entry_id: str = "", credentials: Credentials | None = None
    ) -> None:
        """Take back the token in an entry's data and, with an `entry_id`, the callback of that entry.

        `credentials` are needed only if the certificate files are about to go.
        Returns after the first try, or earlier if that takes long.
        """
        kept = {key: value for key, value in data.items() if key not in _NOT_KEPT}
        removal = Removal(entry_id=entry_id, data=kept, since=dt_util.utcnow(), credentials=credentials)
        key = random_uuid_hex()
        self._open[key] = removal
        await self.async_resume()
        await self._async_save()
        self._schedule_end(key, removal)
        attempt = self._async_try(key, removal)
        first = self._hass.async_create_background_task(attempt, "take back what the vendor holds")
        await asyncio.wait([first], timeout=WAIT)

    async def _async_try(self, key: str, removal: Removal, *, last: bool = False) -> None:
        async with removal.turn:
            if key not in self._open:
                return
            left: list[str] = []
            try:
                await self._async_take_back(removal, left, last=last)
            except StellantisError as err:
                self._retry_later(key, removal, err)
                return
            del self._open[key]
            self._cancel(removal)
            await self._async_save()
            if removal.entry_id and self._hass.config_entries.async_get_entry(removal.entry_id) is None:
                await async_remove_uploads(self._hass, removal.entry_id)
            if left:
                _LOGGER.warning("The vendor still holds what could not be taken back: %s", " and ".join(left))

    async def _async_take_back(self, removal: Removal, left: list[str], *, last: bool) -> None:
        """Delete the callback, then revoke the token; `left` gets what has to be left with the vendor.

        Raises a StellantisError if it has to be tried again, which the `last` try does not.
        """
        try:
            await self._async_delete_callback(removal)
        except StellantisError as err:
            if not last and not isinstance(err, CertificateError):  # no time brings a file back
                raise
            left.append(f"the callback ({err!r})")
        try:
            await self._async_revoke(removal)
        except AuthenticationError:
            _LOGGER.debug("The token that was to be revoked is gone already")
        except StellantisError as err:
            if not last:
                raise
            left.append(f"the token ({err!r})")

    async def _async_delete_callback(self, removal: Removal) -> None:
        if not removal.entry_id or removal.callback_deleted:
            return
        entry = self._hass.config_entries.async_get_entry(removal.entry_id)
        if entry and entry.data[CONF_CLIENT_ID] == removal.data[CONF_CLIENT_ID]:
            return  # the entry has gone back to this app, and uses the callback again

        async def keep(token: dict[str, Any]) -> None:
            removal.data["token"] = token
            await self._async_save()

        if removal.credentials is None:
            removal.credentials = await async_load_credentials(self._hass, removal.data)
        implementation = StellantisOAuth2Implementation(self._hass, removal.data)
        token = DetachedToken(implementation, removal.data["token"], keep)
        client = create_client(self._hass, removal.data, removal.credentials, token)
        await async_delete_callback(removal, client, as_text(removal.data.get(CONF_CALLBACK_ID)))
        removal.callback_deleted = True
        await self._async_save()

    async def _async_revoke(self, removal: Removal) -> None:
        token = removal.data["token"]
        held = [entry.data["token"] for entry in self._hass.config_entries.async_entries(DOMAIN)]
        if any(token.get(key) and token.get(key) == each.get(key) for each in held for key in _TOKENS):
            _LOGGER.debug("A token is not revoked, for an account uses it")
            return
        await StellantisOAuth2Implementation(self._hass, removal.data).async_revoke(token)

    def _retry_later(self, key: str, removal: Removal, err: StellantisError) -> None:
        removal.failures += 1
        delay = retry_delay(err, removal.failures, first=RETRY_FIRST, longest=RETRY_LONGEST)
        if removal.failures == 1:
            _LOGGER.info("What the vendor holds could not be taken back, the next try is in %.0f s: %r", delay, err)
            if not self._hass.config_entries.async_entries(DOMAIN):
                _LOGGER.info("A restart ends the tries, unless an account is added before")
        self._schedule(key, removal, delay)

    def _schedule(self, key: str, removal: Removal, delay: float) -> None:
        if removal.cancel_retry:
            removal.cancel_retry()
        removal.cancel_retry = self._call_later(key, removal, delay, last=False)

    def _schedule_end(self, key: str, removal: Removal) -> None:
        left = removal.since + GIVE_UP_AFTER - dt_util.utcnow()
        removal.cancel_end = self._call_later(key, removal, max(0.0, left.total_seconds()), last=True)

    def _call_later(self, key: str, removal: Removal, delay: float, *, last: bool) -> CALLBACK_TYPE:
        def try_again(_now: datetime) -> None:
            attempt = self._async_try(key, removal, last=last)
            self._hass.async_create_background_task(attempt, "take back what the vendor holds")

        return async_call_later(self._hass, delay, HassJob(callback(try_again), cancel_on_shutdown=True))

    @staticmethod
    def _cancel(removal: Removal) -> None:
        for cancel in (removal.cancel_retry, removal.cancel_end):
            if cancel:
                cancel()

    async def _async_save(self) -> None:
        if self._open:
            await self._store.async_save({key: removal.as_dict() for key, removal in self._open.items()})
        else:
            await self._store.async_remove()


def _restore(stored: object) -> Removal | None:
    """Read what `as_dict` has made of a removal; None if it cannot be read."""
    record = as_object(stored)
    data, since = as_object(record.get("data")), parse_date(record.get("since"))
    if since is None or not data.keys() >= _NEEDED or not as_object(data["token"]).keys() >= _NEEDED_OF_TOKEN:
        return None
    return Removal(
        entry_id=as_text(record.get("entry_id")) or "",
        data=dict(data),
        since=since,
        callback_deleted=record.get("callback_deleted") is True,
    )


_REMOVALS: HassKey[Removals] = HassKey(f"{DOMAIN}_removals")


@callback
def get_removals(hass: HomeAssistant) -> Removals:
    """Return the removals that are not finished."""
    return hass.data.setdefault(_REMOVALS, Removals(hass))
