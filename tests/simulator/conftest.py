"""A simulator, an app that talks to it, and a webhook that listens."""

from collections.abc import AsyncGenerator
import ssl

import aiohttp
from aiohttp import web
import pytest

from simulator import Car, Certificates, Front, Simulator
from tests.helpers.browser import Browser, Client, make_client
from tests.helpers.vendor import (
    auto_enable_custom_integrations,
    configure_event_loop,
    simulator,
    verify_cleanup,
)
from tests.helpers.webhook import Webhook, subscription

__all__ = ["auto_enable_custom_integrations", "configure_event_loop", "simulator", "verify_cleanup"]


@pytest.fixture(autouse=True)
def sockets(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("socket_enabled")


@pytest.fixture(scope="session")
def context(certificates: Certificates) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=certificates.ca)
    made.load_cert_chain(certificates.client_certificate, certificates.encrypted_key, certificates.password)
    return made


@pytest.fixture
async def browser(simulator: Simulator, context: ssl.SSLContext) -> AsyncGenerator[Browser]:
    async with aiohttp.ClientSession() as session:
        yield Browser(simulator, context, session)


@pytest.fixture
def client(browser: Browser) -> Client:
    return make_client(browser, "driver")


@pytest.fixture
async def webhook(certificates: Certificates) -> AsyncGenerator[Webhook]:
    hook = Webhook()
    application = web.Application()
    application.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    front = Front(certificates, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await front.start()
    hook.url = f"{front.url}/hook"
    yield hook
    await front.stop()
    await runner.cleanup()


@pytest.fixture
async def callback_id(client: Client, webhook: Webhook) -> str:
    answer = await client.call("POST", "/user/callbacks", subscription(webhook.url))
    made: str = answer.json["callbackId"]
    return made


@pytest.fixture
def car(simulator: Simulator) -> Car:
    return simulator.cars["electric"]
