"""A real Home Assistant and the simulated vendor in this process, with an account of some cars."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
import secrets
import socket
from tempfile import TemporaryDirectory
import time
from typing import Any, Final

from aiohttp import ClientSession, TCPConnector, web
from homeassistant import auth, bootstrap, loader
from homeassistant.components import webhook
from homeassistant.components.http import config as http_config
from homeassistant.config_entries import ConfigEntries, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import ssl as ssl_util
import jwt
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellantis.api.auth import BRANDS
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Certificates, Front, Simulator, combustion, electric, hybrid
from simulator.vendor.accounts import SCOPES, Grant

from .measuring import not_ours

LOOPBACK: Final = "127.0.0.1"
KINDS: Final[tuple[Callable[[str, str, str], Car], ...]] = (electric, hybrid, combustion)
NO_OP: Final = "no_op"
LONG_AGO: Final = timedelta(hours=1)
"""How old what the cars report is when they are read for the first time: room for reports that are later."""


@dataclass
class House:
    """A Home Assistant with one account, and the vendor that has its cars."""

    hass: HomeAssistant
    vendor: Simulator
    entry: ConfigEntry[Any]
    cars: list[Car]
    front: Front
    outside: ClientSession
    inside: ClientSession
    url: str

    @property
    def webhook_id(self) -> str:
        """The ID of the account's webhook."""
        found: str = self.entry.data["webhook_id"]
        return found

    async def deliver(self, body: bytes) -> None:
        """Post to the account's webhook as the vendor does: a new connection with TLS for each message or batch."""
        await _post(self.outside, f"{self.front.url}/api/webhook/{self.webhook_id}", body)

    async def deliver_to_nothing(self, body: bytes) -> None:
        """Post in the same way to a webhook that takes the body and does nothing with it."""
        await _post(self.outside, f"{self.front.url}/api/webhook/{NO_OP}", body)

    async def hand_over(self, body: bytes) -> None:
        """Post to the account's webhook as a proxy does that keeps its connection to Home Assistant."""
        await _post(self.inside, f"{self.url}/api/webhook/{self.webhook_id}", body)

    async def settle(self) -> None:
        """Wait until Home Assistant has nothing to do."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def stop(self) -> None:
        """Unload the account."""
        await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.settle()

    async def start(self) -> None:
        """Set the account up, as after a restart of Home Assistant."""
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settle()
        assert self.entry.state is ConfigEntryState.LOADED


@asynccontextmanager
async def house(cars: int) -> AsyncGenerator[House]:
    """Start all of it, with this many cars of all kinds, and stop it at the end."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        certificates = Certificates.issue(folder / "vendor")
        for alpn in (ssl_util.SSL_ALPN_NONE, ssl_util.SSL_ALPN_HTTP11):
            ssl_util.client_context(alpn_protocols=alpn).load_verify_locations(certificates.ca)
        # The cars do nothing by themselves.
        with not_ours():
            vendor = await stack.enter_async_context(Simulator(folder / "vendor", speed=1e-6))
        vendor.accounts["driver"].cars = [_make_car(number) for number in range(cars)]
        with socket.create_server((LOOPBACK, 0)) as server:
            port = server.getsockname()[1]
        front = Front(vendor.certificates, upstream=f"http://{LOOPBACK}:{port}")
        await front.start()
        stack.push_async_callback(front.stop)
        hass = await start_home_assistant(folder, port)
        stack.push_async_callback(hass.async_stop, force=True)
        await hass.config.async_update(external_url=front.url)
        webhook.async_register(hass, DOMAIN, "Nothing", NO_OP, _no_op, allowed_methods=["POST"])
        entry = make_entry(vendor)
        await hass.config_entries.async_add(entry)
        made = House(
            hass,
            vendor,
            entry,
            vendor.accounts["driver"].cars,
            front,
            outside=await stack.enter_async_context(
                ClientSession(connector=TCPConnector(ssl=certificates.public_context(), force_close=True))
            ),
            inside=await stack.enter_async_context(ClientSession()),
            url=f"http://{LOOPBACK}:{port}",
        )
        await made.settle()
        assert entry.state is ConfigEntryState.LOADED
        yield made


async def _post(session: ClientSession, url: str, body: bytes) -> None:
    async with session.post(url, data=body) as answer:
        assert answer.status == HTTPStatus.OK, answer.status


async def start_home_assistant(folder: Path, port: int) -> HomeAssistant:
    """Start Home Assistant in this folder, with all that the integration depends on."""
    hass = HomeAssistant(str(folder))
    loader.async_setup(hass)
    hass.config.skip_pip = True
    hass.config_entries = ConfigEntries(hass, {})
    await loader.async_get_custom_components(hass)
    await bootstrap.async_load_base_functionality(hass)
    hass.auth = await auth.auth_manager_from_config(hass, [], [])
    config = {"http": {"server_host": [LOOPBACK], "server_port": port}}
    for component in ("homeassistant", "http", "webhook"):
        assert await async_setup_component(hass, component, config), component
    hass.data[http_config.DATA_STORE].async_cancel_revert()  # a new address is tried for some minutes only
    await hass.async_start()
    return hass


async def _no_op(_hass: HomeAssistant, _webhook_id: str, request: web.Request) -> web.Response:
    await request.read()
    return web.Response()


def _make_car(number: int) -> Car:
    car = KINDS[number % len(KINDS)](f"car {number}", "Peugeot", "e-208")
    car.clock_ahead = -LONG_AGO
    return car


def make_entry(vendor: Simulator) -> ConfigEntry[Any]:
    """Make the entry that the config flow would make."""
    app = next(app for app in vendor.apps.values() if app.brand == "peugeot")
    grant = Grant(vendor.accounts["driver"], app, SCOPES)
    vendor.grants.add(grant)
    lifetime = vendor.token_lifetime
    token = {
        "access_token": grant.issue(lifetime),
        "refresh_token": grant.refresh_token,
        "scope": " ".join(SCOPES),
        "token_type": "Bearer",
        "expires_in": lifetime,
        "expires_at": time.time() + lifetime,
        "id_token": jwt.encode({"sub": grant.account.subject}, app.client_secret),
    }
    files = vendor.certificates
    return MockConfigEntry(
        domain=DOMAIN,
        title=BRANDS[app.brand].name,
        minor_version=3,
        unique_id=f"{app.brand}_{grant.account.subject}",
        data={
            "brand": app.brand,
            "realm": app.realm,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "certificate_path": str(files.client_certificate),
            "private_key_path": str(files.client_key),
            "ca_certificate_path": str(files.ca),
            "scopes": list(SCOPES),
            "scope_separator": "comma",
            "delivery": "webhook",
            "api_url": vendor.api_url,
            "oauth_url": vendor.oauth_url,
            "token": token,
            "webhook_id": secrets.token_hex(32),
            "callback_secret": secrets.token_urlsafe(32),
        },
    )
