"""Make a running account from an entry's data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_CLIENT_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session

from ..api.certificates import CertificateFiles, Credentials, Source, UploadedFile, check, load
from ..api.client import StellantisClient, Token
from ..api.errors import CertificateError, StellantisError
from ..api.extensions import VehicleExtensions
from ..api.vehicle import Vehicle
from ..const import (
    CONF_API_URL,
    CONF_CA_CERTIFICATE_PATH,
    CONF_CERTIFICATE_PATH,
    CONF_PRIVATE_KEY_PASSWORD,
    CONF_PRIVATE_KEY_PATH,
    CONF_REALM,
    CONF_TUTORIAL_SPELLINGS,
    CONF_VEHICLE_EXTENSIONS,
    DOMAIN,
)
from ..oauth import EntryToken, StellantisOAuth2Implementation, TokenStorage, granted_scopes
from ..sign_in import sign_in
from .account import Account, StellantisConfigEntry
from .storage import CarStorage


async def async_create_account(hass: HomeAssistant, entry: StellantisConfigEntry) -> Account:
    """Make the account of an entry. Raises CertificateError for a file that cannot be used."""

    def keep_spellings(spellings: list[str]) -> None:
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TUTORIAL_SPELLINGS: spellings})

    def ask_again() -> None:
        entry.async_create_background_task(hass, token.async_ask_again(), "ask whether the sign-in is accepted again")

    def read_again() -> None:
        if entry.state is not ConfigEntryState.LOADED:
            return  # the set-up reads
        account.callback.async_schedule_reconcile()
        for car in account.cars.values():
            entry.async_create_background_task(hass, car.async_request_refresh(), "read a car after a refused sign-in")

    def note_end(err: StellantisError | None) -> None:
        account.vendor_health.async_note(err)

    def keep_extensions(extensions: Mapping[str, Any]) -> None:
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_VEHICLE_EXTENSIONS: dict(extensions)})

    tokens = TokenStorage(hass, entry)
    await tokens.async_restore()
    session = OAuth2Session(hass, entry, StellantisOAuth2Implementation(hass, entry.data))
    credentials = await async_load_credentials(hass, entry.data)
    judge = sign_in(hass, entry)
    token = EntryToken(session, judge, tokens)
    entry.async_on_unload(token.async_settle)
    extensions = VehicleExtensions(entry.data.get(CONF_VEHICLE_EXTENSIONS), keep_extensions)
    client = create_client(
        hass,
        entry.data,
        credentials,
        token,
        on_tutorial_spellings=keep_spellings,
        on_token=judge.async_judged,
        on_end=note_end,
        extensions=extensions,
    )

    async def load_again() -> Credentials:
        return await async_load_credentials(hass, entry.data)

    account = Account(hass, entry, client, token, credentials, load_again)
    judge.async_attach(ask_again, read_again)
    return account


def create_client(
    hass: HomeAssistant,
    data: Mapping[str, Any],
    credentials: Credentials,
    token: Token,
    **more: Any,
) -> StellantisClient:
    """Make a client from an entry's data; `more` is what else `StellantisClient` takes."""
    return StellantisClient(
        async_get_clientsession(hass),
        token,
        context=credentials.context,
        api_url=data[CONF_API_URL],
        client_id=data[CONF_CLIENT_ID],
        realm=data[CONF_REALM],
        scopes=granted_scopes(data),
        tutorial_spellings=data.get(CONF_TUTORIAL_SPELLINGS, ()),
        **more,
    )


async def async_stored_vehicles(hass: HomeAssistant, entry: StellantisConfigEntry) -> list[Vehicle]:
    """Return the cars that an entry had the last time that it was loaded."""
    storage = CarStorage(hass, entry, dict)
    await storage.async_load()
    return storage.vehicles


async def async_load_credentials(
    hass: HomeAssistant, data: Mapping[str, Any], uploads: Mapping[str, UploadedFile] | None = None
) -> Credentials:
    """Check and load the certificate files. Raises CertificateError for one that cannot be used.

    `uploads` holds those that are on no disk yet, each by the key that its path will have in the data.
    """
    return await hass.async_add_executor_job(load, _certificate_files(hass, data, uploads or {}))


async def async_check_credentials(
    hass: HomeAssistant, data: Mapping[str, Any], uploads: Mapping[str, UploadedFile]
) -> list[CertificateError]:
    """Return all that is wrong with the certificate files."""
    return await hass.async_add_executor_job(check, _certificate_files(hass, data, uploads))


def _certificate_files(
    hass: HomeAssistant, data: Mapping[str, Any], uploads: Mapping[str, UploadedFile]
) -> CertificateFiles:
    """Name the files; relative paths are relative to the configuration folder."""

    def source(key: str) -> Source | None:
        return uploads.get(key) or (Path(hass.config.path(data[key])) if data.get(key) else None)

    return CertificateFiles(
        # After a crash before an uploaded certificate was written there is none: its folder stands for it.
        certificate=source(CONF_CERTIFICATE_PATH) or Path(hass.config.path(DOMAIN)),
        private_key=source(CONF_PRIVATE_KEY_PATH),
        private_key_password=data.get(CONF_PRIVATE_KEY_PASSWORD),
        ca=source(CONF_CA_CERTIFICATE_PATH),
    )
