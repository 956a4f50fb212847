"""Make a running account from an entry's data; take back what the vendor holds when an entry is removed."""

from collections.abc import Callable, Mapping
import logging
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_CLIENT_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session

from ..api.certificates import CertificateFiles, Credentials, load
from ..api.client import StellantisClient, Token
from ..api.errors import StellantisError
from ..const import (
    CONF_API_URL,
    CONF_CA_CERTIFICATE_PATH,
    CONF_CERTIFICATE_PATH,
    CONF_PRIVATE_KEY_PASSWORD,
    CONF_PRIVATE_KEY_PATH,
    CONF_REALM,
    CONF_TUTORIAL_SPELLINGS,
)
from ..oauth import DetachedToken, EntryToken, StellantisOAuth2Implementation, granted_scopes
from .account import Account, StellantisConfigEntry
from .callback import async_delete_callback

_LOGGER = logging.getLogger(__name__)


async def async_create_account(hass: HomeAssistant, entry: StellantisConfigEntry) -> Account:
    """Make the account of an entry. Raises CertificateError for a file that cannot be used."""

    def keep_spellings(spellings: list[str]) -> None:
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TUTORIAL_SPELLINGS: spellings})

    session = OAuth2Session(hass, entry, StellantisOAuth2Implementation(hass, entry.data))
    credentials = await async_load_credentials(hass, entry.data)
    token = EntryToken(session)
    entry.async_on_unload(token.async_settle)
    client = create_client(hass, entry.data, credentials, token, keep_spellings)
    return Account(hass, entry, client, token, credentials.expires)


def create_client(
    hass: HomeAssistant,
    data: Mapping[str, Any],
    credentials: Credentials,
    token: Token,
    on_tutorial_spellings: Callable[[list[str]], None] | None = None,
) -> StellantisClient:
    """Make a client from an entry's data."""
    return StellantisClient(
        async_get_clientsession(hass),
        token,
        context=credentials.context,
        api_url=data[CONF_API_URL],
        client_id=data[CONF_CLIENT_ID],
        realm=data[CONF_REALM],
        scopes=granted_scopes(data),
        tutorial_spellings=data.get(CONF_TUTORIAL_SPELLINGS, ()),
        on_tutorial_spellings=on_tutorial_spellings,
    )


async def async_load_credentials(hass: HomeAssistant, data: Mapping[str, Any]) -> Credentials:
    """Check and load the certificate files. Raises CertificateError for one that cannot be used."""
    return await hass.async_add_executor_job(load, _certificate_files(hass, data))


async def async_forget_account(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Delete the callback of an entry that is being removed, and revoke its token."""
    implementation = StellantisOAuth2Implementation(hass, entry.data)
    token = DetachedToken(implementation, entry.data["token"])
    left: list[str] = []
    try:
        credentials = await async_load_credentials(hass, entry.data)
        await async_delete_callback(entry, create_client(hass, entry.data, credentials, token))
    except StellantisError as err:
        left.append(f"the callback ({err!r})")
    try:
        await implementation.async_revoke(token.token)
    except StellantisError as err:
        left.append(f"the token ({err!r})")
    if left:
        _LOGGER.warning("The vendor still holds what could not be taken back: %s", " and ".join(left))


def _certificate_files(hass: HomeAssistant, data: Mapping[str, Any]) -> CertificateFiles:
    """Name the files; relative paths are relative to the configuration folder."""

    def path(key: str) -> Path:
        return Path(hass.config.path(data[key]))

    return CertificateFiles(
        certificate=path(CONF_CERTIFICATE_PATH),
        private_key=path(CONF_PRIVATE_KEY_PATH),
        private_key_password=data.get(CONF_PRIVATE_KEY_PASSWORD),
        ca=path(CONF_CA_CERTIFICATE_PATH) if data.get(CONF_CA_CERTIFICATE_PATH) else None,
    )
