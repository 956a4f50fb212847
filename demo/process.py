"""The process of Home Assistant."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT, Process
from contextlib import suppress
from dataclasses import asdict
import json
import os
from pathlib import Path
import sys
from typing import Self

from simulator.google import Endpoints

from .configuration import Folder
from .errors import DemoError

CHILD = Path(__file__).with_name("child.py")

# The exit status with which Home Assistant asks for a restart.
RESTART = 100

STOP_TIMEOUT = 20.0


class HomeAssistantProcess:
    """Home Assistant as a child process. It has a session of its own, so that Ctrl-C reaches only the demo."""

    _process: Process

    def __init__(self, folder: Folder, google: Endpoints) -> None:
        self._folder = folder
        self._google = google

    async def __aenter__(self) -> Self:
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is not None:
            return
        with suppress(TimeoutError, ProcessLookupError):
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_TIMEOUT):
                    await self._process.wait()
            finally:
                with suppress(ProcessLookupError):
                    self._process.kill()

    async def _start(self) -> None:
        authorities = f"{self._folder.authorities}"
        with self._folder.console.open("ab") as console:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", CHILD, json.dumps(asdict(self._google)), "--config", self._folder.config),
                stdin=PIPE,
                stdout=console,
                stderr=STDOUT,
                start_new_session=True,
                # Home Assistant reads the one, Python's ssl the other.
                env={**os.environ, "REQUESTS_CA_BUNDLE": authorities, "SSL_CERT_FILE": authorities},
            )

    def check(self) -> None:
        """Raise if Home Assistant has ended."""
        if self._process.returncode is not None:
            raise DemoError(f"Home Assistant has ended by itself, with status {self._process.returncode}.")

    @property
    def log(self) -> Path:
        """The log of Home Assistant. If it did not get as far as logging, the output of the process."""
        return self._folder.log if self._folder.log.exists() else self._folder.console

    async def run(self) -> None:
        """Start Home Assistant again whenever it asks for a restart. Raise when it ends otherwise."""
        while True:
            await self.restarted()

    async def restarted(self) -> None:
        """Wait until Home Assistant asks for a restart, and start it again. Raise when it ends otherwise."""
        if await self._process.wait() != RESTART:
            self.check()
        await self._start()
