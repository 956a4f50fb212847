"""`python -m simulator`: run the simulator until SIGTERM or SIGINT."""

import argparse
import asyncio
from contextlib import AsyncExitStack
from dataclasses import asdict
import json
import logging
from pathlib import Path
import signal
import sys
from typing import Any
from urllib.parse import urlsplit

from .base.journal import Connection, Entry, Request
from .base.tls import Front
from .simulator import Simulator

_LOGGER = logging.getLogger("simulator")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="simulator", description="Simulate the vendor of the Stellantis end-user API."
    )
    parser.add_argument("--directory", type=Path, required=True, help="folder for certificates and keys")
    parser.add_argument("--api-port", type=int, default=0)
    parser.add_argument("--oauth-port", type=int, default=0)
    parser.add_argument("--garage-port", type=int, default=0)
    parser.add_argument("--speed", type=float, default=1.0, help="simulated seconds per real second")
    parser.add_argument("--front-upstream", metavar="URL", help="plain http server to put TLS in front of")
    parser.add_argument("--front-port", type=int, default=0)
    return parser.parse_args()


def _log(entry: Entry) -> None:
    """Log an entry of the journal, without queries, headers, paths of targets and devices: these contain secrets."""
    if isinstance(entry, Request):
        _LOGGER.info("%s %s -> %s", entry.method, entry.path, entry.status or "dropped")
        return
    where = urlsplit(entry.url).netloc or "a device"
    if isinstance(entry, Connection):
        _LOGGER.info("websocket to %s -> %s", where, entry.status or "no answer")
        return
    what = ", ".join(_summarize(message) for message in entry.messages)
    _LOGGER.info("message to %s, attempt %s: %s -> %s", where, entry.attempt, what, entry.status or "no answer")


def _summarize(message: dict[str, Any]) -> str:
    if event := message.get("monitorEvent"):
        return " ".join(("Monitor", "reminder" if event["refresh"] else "event", *_values(event)))
    event = message["remoteEvent"]
    status = event["eventStatus"]
    words = (event["remoteType"], status["type"], status["status"], status.get("failureCause"))
    return " ".join(word for word in words if word)


def _values(event: dict[str, Any]) -> list[str]:
    """Name the data in a monitor's message, without their values: these may be private."""
    return [value["data"] for value in event["values"]]


async def _run(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    simulator = Simulator(
        arguments.directory,
        api_port=arguments.api_port,
        oauth_port=arguments.oauth_port,
        garage_port=arguments.garage_port,
        speed=arguments.speed,
    )
    simulator.journal.listener = _log
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(simulator)
        front_url = None
        if arguments.front_upstream:
            front = Front(simulator.certificates, arguments.front_upstream, port=arguments.front_port)
            await front.start()
            stack.push_async_callback(front.stop)
            front_url = front.url
        described = {
            "api_url": simulator.api_url,
            "oauth_url": simulator.oauth_url,
            "garage_url": simulator.garage_url,
            "front_url": front_url,
            "apps": [asdict(app) for app in simulator.apps.values()],
            "certificates": {key: str(value) for key, value in asdict(simulator.certificates).items()},
        }
        sys.stdout.write(json.dumps(described) + "\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    asyncio.run(_run(_parse_arguments()))


if __name__ == "__main__":
    main()
