"""`python -m simulator`."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
import json
from pathlib import Path
import signal
import ssl
import sys
from typing import Any

import aiohttp
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def process(tmp_path: Path) -> AsyncGenerator[Process]:
    arguments = ["--directory", str(tmp_path), "--speed", "100", "--front-upstream", "http://127.0.0.1:9"]
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator", *arguments, cwd=ROOT, stdout=PIPE, stderr=PIPE
    )
    yield started
    if started.returncode is None:
        started.kill()
        await started.wait()


async def read_description(process: Process) -> dict[str, Any]:
    assert process.stdout
    description: dict[str, Any] = json.loads(await process.stdout.readline())
    return description


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_runs_until_it_is_told_to_stop(process: Process, number: signal.Signals) -> None:
    description = await read_description(process)
    assert description.keys() == {"api_url", "oauth_url", "garage_url", "front_url", "apps", "certificates"}
    assert description["front_url"].startswith("https://localhost:")
    process.send_signal(number)
    rest, log = await process.communicate()
    assert (process.returncode, rest) == (0, b"")
    assert b"Traceback" not in log


async def test_it_serves_and_logs_without_secrets(process: Process) -> None:
    description = await read_description(process)
    certificates, app = description["certificates"], description["apps"][0]
    context = ssl.create_default_context(cafile=certificates["ca"])
    context.load_cert_chain(certificates["client_certificate"], certificates["client_key"])
    async with aiohttp.ClientSession() as session:
        url = f"{description['api_url']}/user"
        headers = {"Authorization": "Bearer secret-token"}
        params = {"client_id": app["client_id"]}
        async with session.get(url, params=params, headers=headers, ssl=context) as response:
            assert response.status == 401
    process.terminate()
    _, log = await process.communicate()
    assert "GET /connectedcar/v4/user -> 401" in log.decode()
    assert "secret-token" not in log.decode()
