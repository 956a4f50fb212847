"""Starts the simulator, Home Assistant and what connects them, and stops them again."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
import fcntl
from itertools import count
from pathlib import Path
import signal
import socket
import sys
from tempfile import gettempdir
from typing import IO

from aiohttp import ClientError, ClientSession, TCPConnector

from simulator import Front, Simulator

from .account import add_account, label_fields, make_form
from .check import check_log, check_push, check_remote
from .client import HomeAssistantClient
from .configuration import Folder
from .dashboard import show_cars
from .errors import DemoError, explain
from .guide import explain_form, guide
from .history import add_charges
from .process import HomeAssistantProcess
from .remarks import remarks
from .vendor import log_traffic, make_simulator
from .walkthrough import Walkthrough
from .way import Way

LOOPBACK = "127.0.0.1"
START_TIMEOUT = 180.0
CHECK_TIMEOUT = 600.0
GARAGE_PORT = 8190


def run(port: int, way: Way, *, check: bool, stop_signals: Sequence[signal.Signals]) -> int:
    """Run the demo until a stop signal arrives, or run its check. Return the exit status."""
    return asyncio.run(_until_stopped(port, way, check=check, stop_signals=stop_signals))


def choose_port(wanted: int | None, default: int) -> int | None:
    """Reserve the wanted port, and return None if it is taken; without one, the first free port from `default`."""
    if wanted is not None:
        return wanted if _reserve(wanted) else None
    return next(port for port in count(default) if _reserve(port))


def free_port() -> int:
    """Reserve a free port."""
    while True:
        with socket.create_server((LOOPBACK, 0)) as server:
            port: int = server.getsockname()[1]
        if _reserve(port):
            return port


_reserved: list[IO[str]] = []


def _reserve(port: int) -> bool:
    """Keep a port from other demos until this one ends: it is used only after a while. Tell whether it is free."""
    try:
        lock = (Path(gettempdir()) / f"stellantis-demo-{port}.lock").open("w")
    except OSError:  # that of another user
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        socket.create_server((LOOPBACK, port)).close()
    except OSError:
        lock.close()
        return False
    _reserved.append(lock)
    return True


async def _until_stopped(port: int, way: Way, *, check: bool, stop_signals: Sequence[signal.Signals]) -> int:
    task = asyncio.ensure_future(_run(Folder(port), port, way, check=check))
    for number in stop_signals:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        _say("\nStopped.")
        return int(check)


async def _run(folder: Folder, port: int, way: Way, *, check: bool) -> int:
    url = f"http://localhost:{port}"
    folder.make()
    async with AsyncExitStack() as stack:
        _say("Starting the simulated vendor")
        garage_port = free_port() if check else choose_port(None, GARAGE_PORT)
        simulator = await stack.enter_async_context(make_simulator(folder.simulator, garage_port or 0))
        stack.enter_context(log_traffic(simulator, folder.simulator_log))
        front = Front(simulator.certificates, upstream=f"http://{LOOPBACK}:{port}")
        await front.start()
        stack.push_async_callback(front.stop)

        _say("Starting Home Assistant")
        folder.configure(port, front.url, simulator.certificates.ca)
        process = await stack.enter_async_context(HomeAssistantProcess(folder, simulator.google.endpoints))
        try:
            await _set_up(url, folder, simulator, process, way, check=check)
            if not check:
                folder.second_account.write_text(
                    explain_form(
                        label_fields(make_form(simulator, "citroen", folder.config, way)),
                        simulator.accounts["family"].email,
                    )
                )
                _say(guide(url, simulator.garage_url, folder, way))
                await process.run()
        except (DemoError, ClientError, TimeoutError) as error:
            _say(explain(error, process.log))
            return 1
    if check:
        folder.remove()
    return 0


async def _set_up(
    url: str, folder: Folder, simulator: Simulator, process: HomeAssistantProcess, way: Way, *, check: bool
) -> None:
    """Create the user, the first account and the dashboard. With `check`, run the checks."""
    connector = TCPConnector(ssl=simulator.certificates.public_context())
    async with ClientSession(connector=connector) as session, asyncio.timeout(START_TIMEOUT) as timeout:
        client = HomeAssistantClient(session, url)
        await client.log_in(process.check)
        _say("Adding an account through the config flow and the vendor's consent page")
        await add_account(client, session, make_form(simulator, "peugeot", folder.config, way), "driver")
        await add_charges(client, folder, simulator, datetime.now(UTC))
        await show_cars(client, simulator.garage_url)
        simulator.remarks.update(await remarks(client))
        if check:
            timeout.reschedule(asyncio.get_running_loop().time() + CHECK_TIMEOUT)
            _say(await check_remote(client, simulator, simulator.cars["electric"], way))
            _say(await check_push(client, simulator, simulator.cars["electric"], way))
            walkthrough = Walkthrough(client, session, simulator, process, folder, way)
            async for line in walkthrough.walk():
                _say(line)
            check_log(folder)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
