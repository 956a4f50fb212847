"""What talks to the simulator without the integration's code: a browser, and an app that sends requests."""

import base64
from dataclasses import dataclass
import ssl
from typing import Any

import aiohttp

from simulator import Account, App, Car, Simulator
from simulator.vendor.accounts import Grant
from tests.helpers.vendor import make_grant


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


def basic(app: App) -> dict[str, str]:
    credentials = base64.b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


def make_client(browser: Browser, name: str, *scopes: str) -> Client:
    grant = make_grant(browser.simulator, name, *scopes)
    headers = {"Authorization": f"Bearer {grant.issue(3600)}", "x-introspect-realm": grant.app.realm}
    return Client(browser, grant.account, grant.app, grant, headers)
