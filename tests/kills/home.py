"""A Home Assistant in a process of its own, that can be killed and started again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
import json
from pathlib import Path
import shutil
import sqlite3
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout

from demo.client import HomeAssistantClient
from demo.configuration import DOMAIN, HOME, TIME_ZONE, Folder
from demo.errors import DemoError
from demo.process import HomeAssistantProcess

ENTRIES: Final = "/api/config/config_entries/entry"
ENTRIES_FILE: Final = "core.config_entries"
START_TIMEOUT: Final = 240.0
POLL_INTERVAL: Final = 0.1

# As little as there can be, so that it starts soon. What is recorded is written at once.
CONFIGURATION: Final = """\
homeassistant:
  name: Demo
  latitude: {home[1]}
  longitude: {home[0]}
  time_zone: {time_zone}
  external_url: {external_url}
api:
config:
websocket_api:
recorder:
  commit_interval: 0
logger:
  default: info
  logs:
    custom_components.stellantis: debug
    homeassistant.setup: warning
"""

ENDS: Final = """\
SELECT meta.entity_id, states.state FROM states JOIN states_meta AS meta ON meta.metadata_id = states.metadata_id
WHERE meta.entity_id LIKE 'event.%_remote' AND states.state NOT IN ('unavailable', 'unknown')
"""

type Json = dict[str, Any]


class Process(HomeAssistantProcess):
    """A process that can be killed. `killed_at` is when, by the event loop's time, `killed_on` by the clock."""

    killed_at: float
    killed_on: datetime

    async def kill(self) -> None:
        """Kill it with SIGKILL: it can do nothing any more."""
        self._process.kill()
        self.killed_at, self.killed_on = asyncio.get_running_loop().time(), datetime.now(UTC)
        await self._process.wait()


class Home:
    """One Home Assistant, from start to start. `told` are the ends of remotes that it has told, each once."""

    def __init__(self, folder: Folder, url: str, session: ClientSession) -> None:
        """Take the folder of a Home Assistant that has not been started."""
        self.folder = folder
        self.url = url
        self._session = session
        self.client = HomeAssistantClient(session, url)
        self.told: set[tuple[str, str]] = set()
        self._token = ""
        self.killed_at = 0.0
        self.killed_on = datetime.now(UTC)
        self._listening: asyncio.Task[None] | None = None

    def configure(self, external_url: str) -> None:
        """Write a configuration that starts soon."""
        text = CONFIGURATION.format(home=HOME, time_zone=TIME_ZONE, external_url=external_url)
        (self.folder.config / "configuration.yaml").write_text(text)

    async def begin(self, process: Process) -> None:
        """Create the user, and get a token that lasts."""
        await self.client.log_in(process.check)
        self._token = await self.client.command("auth/long_lived_access_token", client_name="Kills", lifespan=1)
        self._listening = asyncio.create_task(self._listen())

    async def come_back(self, process: Process) -> None:
        """Wait until Home Assistant has started again and the account is loaded."""
        self.client = HomeAssistantClient(self._session, self.url)
        async with asyncio.timeout(START_TIMEOUT):
            await self._wait_until_reachable(process)
            self._listening = asyncio.create_task(self._listen())
            await self.client.connect(self._token, process.check)
            await self.wait_until_loaded()

    async def _wait_until_reachable(self, process: Process) -> None:
        while True:
            process.check()
            with suppress(ClientError):
                async with self._session.get(f"{self.url}/auth/providers") as response:
                    if response.ok:
                        return
            await asyncio.sleep(POLL_INTERVAL)

    async def gone(self, process: Process) -> None:
        """Note that it has been killed."""
        self.killed_at = process.killed_at
        self.killed_on = process.killed_on
        if self._listening:
            # What has arrived before the end is read first.
            await asyncio.wait([self._listening], timeout=5)
            self._listening.cancel()
            self._listening = None
        self.read_told()

    async def _listen(self) -> None:
        """Listen for the ends of remotes until Home Assistant is killed."""
        headers = {"Authorization": f"Bearer {self._token}"}
        url = f"{self.url}/api/stream?restrict=state_changed"
        with suppress(ClientError):
            async with self._session.get(url, headers=headers, timeout=ClientTimeout()) as stream:
                async for line in stream.content:
                    if line.startswith(b"data: {"):
                        self._hear(json.loads(line.removeprefix(b"data: "))["data"])

    def _hear(self, data: Json) -> None:
        entity_id, state = data["entity_id"], (data["new_state"] or {"state": "unknown"})["state"]
        is_end = entity_id.startswith("event.") and entity_id.endswith("_remote")
        if is_end and state not in {"unavailable", "unknown"}:
            self.told.add((entity_id, state))

    def read_told(self) -> None:
        """Read what was recorded: nobody listens while Home Assistant starts."""
        database = self.folder.config / "home-assistant_v2.db"
        with suppress(sqlite3.OperationalError):
            connection = sqlite3.connect(database, timeout=5)
            try:
                self.told |= set(connection.execute(ENDS))
            finally:
                connection.close()

    # What it is asked for

    async def entry(self) -> Json:
        """Return the account."""
        [entry] = [each for each in await self.client.get(ENTRIES) if each["domain"] == DOMAIN]
        return dict(entry)

    async def wait_until_loaded(self) -> None:
        """Wait until the account is loaded."""
        await until(lambda: self._is("loaded"))

    async def _is(self, state: str) -> bool:
        return bool((await self.entry())["state"] == state)

    async def reauthentications(self) -> int:
        """Return how often somebody is asked to sign in again."""
        flows = await self.client.command("config_entries/flow/progress")
        return sum(flow["handler"] == DOMAIN for flow in flows)

    async def entity_ids(self) -> dict[str, str]:
        """Return the id of each entity, by its unique id."""
        entities = await self.client.command("config/entity_registry/list")
        return {each["unique_id"]: each["entity_id"] for each in entities if each["platform"] == DOMAIN}

    async def device_ids(self) -> dict[str, str]:
        """Return the id of each car's device, by its VIN."""
        devices = await self.client.command("config/device_registry/list")
        return {key: each["id"] for each in devices for domain, key in each["identifiers"] if domain == DOMAIN}

    async def act(self, action: str, **data: Any) -> None:
        """Call an action; what it refuses is not of interest, nor that Home Assistant is killed meanwhile."""
        with suppress(DemoError, ClientError):
            await self.client.post(f"/api/services/{action.replace('.', '/')}", data)

    async def ask(self, action: str, **data: Any) -> Json:
        """Call an action that answers."""
        answer = await self.client.post(f"/api/services/{action.replace('.', '/')}?return_response", data)
        return dict(answer["service_response"])

    # What is on disk

    def keep_logs(self, number: int) -> None:
        """Keep the logs of the last two lives: Home Assistant keeps no more."""
        for log in self.folder.config.glob("home-assistant.log*"):
            shutil.copy(log, self.folder.path / f"{number}-{log.name}")

    @property
    def storage(self) -> Path:
        """The folder of Home Assistant's storage."""
        return self.folder.config / ".storage"

    def stored(self, name: str) -> Json:
        """Read a file of the storage."""
        return dict(json.loads((self.storage / name).read_text())["data"])

    async def is_written(self) -> bool:
        """Whether the account is on disk."""
        written = (self.storage / ENTRIES_FILE).exists() and self.stored(ENTRIES_FILE)["entries"]
        return any(each["domain"] == DOMAIN for each in written or [])

    def stored_entry(self) -> Json:
        """Read what is on disk of the account."""
        [entry] = [each for each in self.stored(ENTRIES_FILE)["entries"] if each["domain"] == DOMAIN]
        return dict(entry)


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> bool:
    """Wait until something holds; tell whether it does in the end."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await holds():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(POLL_INTERVAL)
    return True
