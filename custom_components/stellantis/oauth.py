"""Home Assistant's OAuth2 helper with the vendor's token requests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
import logging
import re
import time
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2Implementation, OAuth2Session
from homeassistant.helpers.storage import Store

from .api.auth import IdentityProvider
from .api.errors import AuthenticationError, BadRequestError, StellantisError
from .api.lenient import as_list, as_object
from .const import CONF_OAUTH_URL, CONF_REALM, CONF_SCOPE_SEPARATOR, CONF_SCOPES, DOMAIN
from .sign_in import SignIn
from .stores import async_load_store
from .translate import GRANT_ERRORS

_LOGGER = logging.getLogger(__name__)

_SEPARATORS = {"comma": ",", "space": " "}

_MOST_REPLACED: Final = 5
"""How many refresh tokens are remembered that others have replaced: Home Assistant may not have written several."""


def identity_provider(hass: HomeAssistant, data: Mapping[str, Any]) -> IdentityProvider:
    """Return the identity provider that an entry's data names."""
    return IdentityProvider(
        session=async_get_clientsession(hass),
        oauth_url=data[CONF_OAUTH_URL].rstrip("/"),
        realm=data[CONF_REALM],
        client_id=data[CONF_CLIENT_ID],
        client_secret=data[CONF_CLIENT_SECRET],
    )


def granted_scopes(data: Mapping[str, Any]) -> set[str]:
    """Return the scopes that the user consented to, which may be fewer than those requested."""
    requested = set(data[CONF_SCOPES])
    granted = requested & set(re.split(r"[\s,]+", str(data.get("token", {}).get("scope", ""))))
    # A token answer may leave out the scopes if they are the requested ones (RFC 6749, 5.1).
    return granted or requested


class StellantisOAuth2Implementation(LocalOAuth2Implementation):
    """OAuth2 with the credentials of the form. Token requests raise the errors of the API, not aiohttp's."""

    def __init__(self, hass: HomeAssistant, data: Mapping[str, Any]) -> None:
        """Make an implementation from an entry's data."""
        self._provider = identity_provider(hass, data)
        self._scope = _SEPARATORS[data[CONF_SCOPE_SEPARATOR]].join(data[CONF_SCOPES])
        super().__init__(
            hass,
            DOMAIN,
            self._provider.client_id,
            self._provider.client_secret,
            self._provider.authorize_url,
            f"{self._provider.oauth_url}/access_token",
        )

    @property
    @override
    def extra_authorize_data(self) -> dict[str, str]:
        return {"scope": self._scope}

    @override
    async def async_resolve_external_data(self, external_data: Any) -> dict[str, Any]:
        token = await self._provider.exchange_code(external_data["code"], external_data["state"]["redirect_uri"])
        return {**token, "expires_at": time.time() + token["expires_in"]}

    @override
    async def _async_refresh_token(self, token: dict[str, Any]) -> dict[str, Any]:
        if not token.get("refresh_token"):
            raise AuthenticationError
        return {**token, **await self._provider.refresh(token["refresh_token"])}

    async def async_knows_app(self, url: str) -> bool:
        """Tell whether the vendor's page for consent takes the client id of the form."""
        return await self._provider.knows_app(url)

    async def async_revoke(self, token: dict[str, Any]) -> None:
        """Make the vendor forget a token, and with its refresh token the whole grant."""
        await self._provider.revoke(token.get("refresh_token") or token["access_token"])


class TokenStorage:
    """The newest token of an entry, on disk as soon as it is issued.

    Home Assistant writes entries a second after a change, and the vendor invalidates the old refresh token at once:
    after a crash within that second the entry would hold a token that is worth nothing.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Start with nothing; `async_restore` reads the file."""
        self._hass = hass
        self._entry = entry
        self._store: Store[dict[str, Any]] = Store(hass, 1, f"{DOMAIN}.{entry.entry_id}.token", private=True)
        self._replaced: list[Any] = []

    async def async_restore(self) -> None:
        """Give the entry the stored token if that has replaced the entry's own."""
        stored = await async_load_store(self._hass, self._store)
        self._replaced, token = as_list(stored.get("replaced")), as_object(stored.get("token"))
        if token.get("access_token") and self._entry.data["token"].get("refresh_token") in self._replaced:
            _LOGGER.debug("A token was issued just before a crash")
            self._hass.config_entries.async_update_entry(self._entry, data={**self._entry.data, "token": dict(token)})

    async def async_keep(self, replaced: dict[str, Any], token: dict[str, Any]) -> None:
        """Store a token that has replaced another one."""
        self._replaced = [*self._replaced, replaced["refresh_token"]][-_MOST_REPLACED:]
        await self._store.async_save({"replaced": self._replaced, "token": token})

    async def async_remove(self) -> None:
        """Delete the file of an entry that is being removed."""
        await self._store.async_remove()


class EntryToken:
    """The access token of an entry, refreshed by Home Assistant's session."""

    def __init__(self, session: OAuth2Session, judge: SignIn, storage: TokenStorage) -> None:
        """Take tokens from this session; `judge` decides what becomes of a refusal, `storage` keeps new ones."""
        self._session = session
        self._judge = judge
        self._storage = storage
        self._refreshing: asyncio.Task[None] | None = None

    async def __call__(self, *, rejected: str | None = None) -> str:
        """Return an access token; see `api.client.Token`."""
        token = self._session.token
        if rejected == token["access_token"]:
            entry = self._session.config_entry
            self._session.hass.config_entries.async_update_entry(
                entry, data={**entry.data, "token": {**token, "expires_at": 0}}
            )
        if not self._session.valid_token:
            await self._async_refresh_shared()
        return str(self._session.token["access_token"])

    async def async_ask_again(self) -> None:
        """Ask the identity provider again after it has refused the sign-in."""
        try:
            await self()
        except StellantisError as err:
            _LOGGER.debug("The sign-in is not accepted again yet: %r", err)

    async def _async_refresh_shared(self) -> None:
        """Refresh the token in one shielded task, for all callers.

        The vendor invalidates the old refresh token at once, so a cancelled caller must not lose the new one.
        """
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = self._session.hass.async_create_task(self._async_refresh(), "refresh the token")
            # Retrieve the exception, or asyncio logs it when every caller has been cancelled.
            self._refreshing.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._refreshing)

    async def _async_refresh(self) -> None:
        self._judge.check()
        before = self._session.token
        if not before.get("refresh_token"):
            self._judge.async_ask_person()
            raise AuthenticationError
        try:
            await self._session.async_ensure_token_valid()
        except (*GRANT_ERRORS, BadRequestError) as err:  # whatever the word: it does not issue another token
            raise self._judge.async_refused(err) from err
        except StellantisError as err:
            self._judge.async_unanswered(err)
            raise
        await self._storage.async_keep(before, self._session.token)
        self._judge.async_granted()

    async def async_settle(self) -> None:
        """Wait until a refresh that is under way has ended."""
        if self._refreshing:
            await asyncio.wait([self._refreshing])


class FreshToken:
    """A token that has just been issued. If the API refuses it, another one would not help: it gets one more try."""

    def __init__(self, token: dict[str, Any]) -> None:
        """Start with the identity provider's answer."""
        self._token = token

    async def __call__(self, *, rejected: str | None = None) -> str:  # noqa: ARG002 - see `api.client.Token`
        """Return the access token."""
        return str(self._token["access_token"])


class DetachedToken:
    """A token that no entry holds any more."""

    def __init__(
        self,
        implementation: StellantisOAuth2Implementation,
        token: dict[str, Any],
        on_refresh: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Start with this token; `token` is always the newest one. `on_refresh` is called with each new one."""
        self._implementation = implementation
        self._on_refresh = on_refresh
        self.token = token

    async def __call__(self, *, rejected: str | None = None) -> str:
        """Return an access token; see `api.client.Token`."""
        if rejected or self.token["expires_at"] < time.time():
            self.token = await self._implementation.async_refresh_token(self.token)
            await self._on_refresh(self.token)
        return str(self.token["access_token"])
