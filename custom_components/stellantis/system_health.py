"""What Home Assistant's page of system information says: whether the vendor is reached, and how its messages come.

Each value is that of the one account; of several accounts, a line that names each by its brand.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from aiohttp import ClientError, ClientTimeout
from homeassistant.components import system_health
from homeassistant.const import CONF_CLIENT_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util

from .account import StellantisConfigEntry, async_load_credentials
from .api.auth import BRANDS
from .api.errors import CertificateError
from .const import CONF_API_URL, CONF_BRAND, CONF_DELIVERY, CONF_OAUTH_URL, DOMAIN
from .translate import error_key

TIMEOUT: Final = 5.0
"""Seconds to wait for the API, as long as Home Assistant waits for other servers."""
OK: Final = "ok"
NOTHING: Final = "-"

type Value = str | int | datetime | dict[str, str]


@callback
def async_register(_hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what is told."""
    register.async_register_info(_async_info, f"/config/integrations/integration/{DOMAIN}")


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Say how the accounts are. Home Assistant awaits what has to be asked for, and shows the rest meanwhile."""
    entries: list[StellantisConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    enabled = [entry for entry in entries if entry.disabled_by is None]
    loaded: list[StellantisConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    cars = [car for entry in loaded for car in entry.runtime_data.cars.values()]
    pushed = sum(car.pushed for car in cars)
    return {
        "accounts_loaded": len(loaded),
        "accounts_not_loaded": len(entries) - len(loaded),
        "can_reach_identity_provider": _async_ask(hass, enabled, _async_reach_identity_provider),
        "can_reach_api": _async_ask(hass, enabled, _async_reach_api),
        "delivery": _together(loaded, [entry.data[CONF_DELIVERY] for entry in loaded]),
        "messages_arrive": _together(loaded, map(_messages_arrive, loaded)),
        "last_message": _together(loaded, [entry.runtime_data.receiver.last_message or NOTHING for entry in loaded]),
        "cars_pushed": pushed,
        "cars_polled": len(cars) - pushed,
        "requests_left": _requests_left(loaded),
    }


async def _async_ask(
    hass: HomeAssistant,
    entries: Sequence[StellantisConfigEntry],
    ask: Callable[[HomeAssistant, StellantisConfigEntry], Awaitable[Value]],
) -> Value:
    return _together(entries, await asyncio.gather(*(ask(hass, entry) for entry in entries)))


async def _async_reach_identity_provider(hass: HomeAssistant, entry: StellantisConfigEntry) -> Value:
    return await system_health.async_check_can_reach_url(hass, entry.data[CONF_OAUTH_URL])


async def _async_reach_api(hass: HomeAssistant, entry: StellantisConfigEntry) -> Value:
    """Ask the API for nothing, with the client certificate: any answer will do."""
    try:
        credentials = await async_load_credentials(hass, entry.data)
    except CertificateError as err:
        return _failed(error_key(err))
    request = async_get_clientsession(hass).get(
        entry.data[CONF_API_URL],
        ssl=credentials.context,
        timeout=ClientTimeout(total=TIMEOUT),
        allow_redirects=False,
    )
    try:
        async with request:
            return OK
    except TimeoutError:
        return _failed("timeout")
    except ClientError:
        return _failed("unreachable")


def _messages_arrive(entry: StellantisConfigEntry) -> Value:
    """Tell whether the vendor's messages arrive, as far as that can be seen from here."""
    account = entry.runtime_data
    if not account.delivery.pushes:
        return NOTHING
    if not account.delivery.listening:
        return _failed("unreachable")
    return _failed("missing") if account.delivery_health.missing else OK


def _requests_left(entries: Iterable[StellantisConfigEntry]) -> Value:
    """Add up what the vendor still allows today. Accounts of one app share its limit."""
    left: dict[str, int] = {}
    for entry in entries:
        app, remaining = entry.data[CONF_CLIENT_ID], entry.runtime_data.client.rate_limits.daily_remaining
        if remaining is not None:
            left[app] = min(remaining, left.get(app, remaining))
    return sum(left.values()) if left else NOTHING


def _failed(error: str) -> dict[str, str]:
    return {"type": "failed", "error": error}


def _together(entries: Sequence[StellantisConfigEntry], values: Iterable[Value]) -> Value:
    """Return the value of the one account, or the values of several in a line."""
    told = list(values)
    if len(told) == 1:
        return told[0]
    brands = [BRANDS[entry.data[CONF_BRAND]].name for entry in entries]
    return ", ".join(f"{brand}: {_text(value)}" for brand, value in zip(brands, told, strict=True)) or NOTHING


def _text(value: Value) -> str:
    match value:
        case datetime():
            return dt_util.as_local(value).isoformat(timespec="seconds")
        case {"error": error}:
            return error
    return str(value)
