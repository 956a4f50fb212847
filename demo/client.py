"""A client of Home Assistant: its HTTP API and its websocket API."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aiohttp import ClientConnectionError, ClientSession

from .errors import DemoError

NAME, USERNAME, PASSWORD = "Demo", "demo", "demo"


class HomeAssistantClient:
    """A client that is logged in as an administrator."""

    _token: str

    def __init__(self, session: ClientSession, url: str) -> None:
        self.url = url
        self._session = session
        self._headers = {"HA-Frontend-Base": url}

    async def log_in(self, check_running: Callable[[], None]) -> None:
        """Wait for Home Assistant, create the first user and log in. `check_running` raises if it has ended."""
        client_id = f"{self.url}/"
        await self._wait_until_reachable("/api/onboarding", check_running)
        user = {"name": NAME, "username": USERNAME, "password": PASSWORD, "language": "en"}
        code = (await self.post("/api/onboarding/users", {"client_id": client_id, **user}))["auth_code"]
        form = {"grant_type": "authorization_code", "code": code, "client_id": client_id}
        async with self._session.post(f"{self.url}/auth/token", data=form) as response:
            response.raise_for_status()
            token = (await response.json())["access_token"]
        await self.connect(token, check_running)

    async def connect(self, token: str, check_running: Callable[[], None]) -> None:
        """Use this token, and wait until Home Assistant has started. `check_running` raises if it has ended."""
        self._token = token
        self._headers["Authorization"] = f"Bearer {token}"
        await self.wait_until_running(check_running)

    async def wait_until_running(self, check_running: Callable[[], None]) -> None:
        """Wait until Home Assistant has started. `check_running` raises if it has ended."""
        await self._wait_until_reachable("/api/core/state", check_running)
        while (await self.get("/api/core/state"))["state"] != "RUNNING":
            check_running()
            await asyncio.sleep(0.1)

    async def _wait_until_reachable(self, path: str, check_running: Callable[[], None]) -> None:
        while True:
            check_running()
            try:
                async with self._session.get(self.url + path, headers=self._headers) as response:
                    if response.status == HTTPStatus.OK:
                        return
            except ClientConnectionError:
                pass
            await asyncio.sleep(0.1)

    async def get(self, path: str) -> Any:
        """GET a path and return the JSON of the answer."""
        return await self._request("GET", path)

    async def post(self, path: str, data: dict[str, Any]) -> Any:
        """POST JSON to a path and return the JSON of the answer."""
        return await self._request("POST", path, data)

    async def delete(self, path: str) -> Any:
        """DELETE a path and return the JSON of the answer."""
        return await self._request("DELETE", path)

    async def download(self, path: str) -> bytes:
        """GET a path and return the body of the answer."""
        async with self._session.get(self.url + path, headers=self._headers) as response:
            response.raise_for_status()
            return await response.read()

    async def _request(self, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
        async with self._session.request(method, self.url + path, json=data, headers=self._headers) as response:
            if response.status >= HTTPStatus.BAD_REQUEST:
                answer = (await response.text()).strip()
                raise DemoError(f"Home Assistant answered {response.status} to {method} {path}: {answer}")
            return await response.json()

    async def command(self, kind: str, **fields: Any) -> Any:
        """Send a websocket command, on a connection of its own, and return its result."""
        async with self._session.ws_connect(f"{self.url}/api/websocket") as websocket:
            await websocket.receive_json()
            await websocket.send_json({"type": "auth", "access_token": self._token})
            await websocket.receive_json()
            await websocket.send_json({"id": 1, "type": kind, **fields})
            answer = await websocket.receive_json()
        if not answer["success"]:
            raise DemoError(f"Home Assistant refused {kind}: {answer['error']['message']}")
        return answer["result"]

    async def state(self, entity_id: str) -> str:
        """Return the state of an entity."""
        return str((await self.get(f"/api/states/{entity_id}"))["state"])
