"""A simulator, an app that talks to it, and a webhook that listens."""

import base64
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
import ssl
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from simulator import Account, App, Car, Certificates, Front, Simulator
from simulator.vendor.accounts import Grant
from tests.helpers.vendor import (
    auto_enable_custom_integrations,
    certificates,
    configure_event_loop,
    enable_event_loop_debug,
    make_grant,
    simulator,
    system_cas_read_once,
    verify_cleanup,
)

__all__ = [
    "auto_enable_custom_integrations",
    "certificates",
    "configure_event_loop",
    "enable_event_loop_debug",
    "simulator",
    "system_cas_read_once",
    "verify_cleanup",
]


@dataclass
class Answer:
    """What a server said."""

    status: int
    headers: Any
    text: str
    json: Any = None


@dataclass
class Browser:
    """Asks the simulator for things, through one session."""

    simulator: Simulator
    context: ssl.SSLContext
    session: aiohttp.ClientSession

    async def request(self, method: str, url: str, **options: Any) -> Answer:
        options.setdefault("ssl", self.context)
        async with self.session.request(method, url, allow_redirects=False, **options) as response:
            text = await response.text()
            is_json = response.content_type in {"application/json", "application/hal+json"}
            return Answer(response.status, response.headers, text, await response.json() if is_json else None)


@dataclass
class Client:
    """The app of an account's brand, allowed everything unless said otherwise."""

    browser: Browser
    account: Account
    app: App
    grant: Grant
    headers: dict[str, str]

    async def call(self, method: str, path: str, body: Any = None, query: Any = (), **options: Any) -> Answer:
        options.setdefault("headers", self.headers)
        options.setdefault("params", [("client_id", self.app.client_id), *query])
        return await self.browser.request(method, self.browser.simulator.api_url + path, json=body, **options)

    async def send(self, car: Car, callback_id: str, body: Any) -> Answer:
        return await self.call("POST", f"/user/vehicles/{car.id}/callbacks/{callback_id}/remotes", body)


@dataclass
class Webhook:
    """Where messages arrive. `statuses` are what it answers, 200 when there are none left."""

    url: str = ""
    received: list[Any] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        self.received.append(await request.json())
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """All messages, in order of arrival."""
        return [one for body in self.received for one in (body if isinstance(body, list) else [body])]

    @property
    def events(self) -> list[tuple[str, str]]:
        """Type and status of each remote's message."""
        statuses = (one["remoteEvent"]["eventStatus"] for one in self.messages if one["type"] == "Remote")
        return [(status["type"], status["status"]) for status in statuses]

    @property
    def seen(self) -> list[dict[str, Any]]:
        """The events of monitors."""
        return [one["monitorEvent"] for one in self.messages if one["type"] == "Monitor"]


def subscription(url: str, *attributes: dict[str, str]) -> dict[str, Any]:
    webhook = {"name": "webhook", "target": url, "attributes": list(attributes)}
    return {"label": "mine", "type": ["Monitor", "Remote"], "callback": {"webhook": webhook}}


def basic(app: App) -> dict[str, str]:
    credentials = base64.b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


def make_client(browser: Browser, name: str, *scopes: str) -> Client:
    grant = make_grant(browser.simulator, name, *scopes)
    headers = {"Authorization": f"Bearer {grant.issue(3600)}", "x-introspect-realm": grant.app.realm}
    return Client(browser, grant.account, grant.app, grant, headers)


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
