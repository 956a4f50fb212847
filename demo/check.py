"""The checks of `--check`: a remote ends and a door opens, and the chosen way brings both."""

import asyncio
from http import HTTPStatus
import re
from time import monotonic

from simulator import Car, Delivery, Simulator

from .client import HomeAssistantClient
from .configuration import Folder
from .errors import DemoError
from .way import Way

# State of the lock -> the action that changes it, and the state after that action.
ACTIONS = {"unlocked": ("lock", "locked"), "locked": ("unlock", "unlocked")}

# The kind of callback of each way, and what a person calls it.
KINDS = {
    Way.WEBHOOK: ("webhook", "webhook"),
    Way.WEBSOCKET: ("websocket", "websocket"),
    Way.PUSH_NOTIFICATION: ("pushnotif", "push notification"),
}

RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d )", re.MULTILINE)
COMPLAINT = re.compile(r"^\S+ \S+ (WARNING|ERROR|CRITICAL) (?!.*\[homeassistant\.loader\]).*stellantis", re.DOTALL)
INSTALLATION = "Attempting install"

# How many seconds to wait for a delivery or a state. The simulator records a delivery shortly after Home Assistant has
# handled the message.
TIMEOUT = 5.0
# How many seconds Home Assistant waits until it reads a car again that has just been read.
READ_INTERVAL = 10.0
POLL_INTERVAL = 0.02


async def check_remote(client: HomeAssistantClient, simulator: Simulator, car: Car, way: Way) -> str:
    """Lock or unlock a car. Return a line that tells what was done and how long it took."""
    entity_id = await _entity_id(client, car, "doors")
    action, wanted = ACTIONS[await client.state(entity_id)]
    earlier = len(simulator.requests)
    start = monotonic()
    await client.post(f"/api/services/lock/{action}", {"entity_id": entity_id})
    seconds = monotonic() - start

    state = await client.state(entity_id)
    if state != wanted:
        raise DemoError(f"lock.{action} returned after {seconds:.1f} s, but {entity_id} is {state}.")
    polled = any(one.method == "GET" and "/remotes/" in one.path for one in simulator.requests[earlier:])
    if way is Way.POLLING:
        if simulator.deliveries or not polled:
            raise DemoError(f"{entity_id} is {wanted}, but not because the end of the remote was asked for.")
        return f"lock.{action}: {wanted} after {seconds:.1f} s, end asked for"
    kind, words = KINDS[way]
    try:
        async with asyncio.timeout(TIMEOUT):
            await simulator.wait_for_delivery(lambda delivery: delivery.kind == kind and _is_end_of_remote(delivery))
    except TimeoutError as error:
        raise DemoError(f"{entity_id} is {wanted}, but no {words} has brought the end of the remote.") from error
    if polled:
        raise DemoError(f"{entity_id} is {wanted}, but the integration has polled the end of the remote.")
    return f"lock.{action}: {wanted} after {seconds:.1f} s, end delivered through the {words}"


async def check_push(client: HomeAssistantClient, simulator: Simulator, car: Car, way: Way) -> str:
    """Open a door in the garage. Return a line that tells how long the entity took, without any poll.

    A push notification is too small for a status: Home Assistant reads the status when one arrives.
    """
    if way is Way.POLLING:
        return "Cars are polled, so nothing is pushed when a door opens."
    entity_id = await _entity_id(client, car, "door_driver")
    state = await client.state(entity_id)
    if state != "off":
        raise DemoError(f"{entity_id} is {state}, though the door is closed.")
    read = way is Way.PUSH_NOTIFICATION
    timeout = TIMEOUT + READ_INTERVAL if read else TIMEOUT
    earlier = len(simulator.requests)
    start = monotonic()
    simulator.garage.open(car, "Driver")
    try:
        async with asyncio.timeout(timeout):
            while state != "on":
                await asyncio.sleep(POLL_INTERVAL)
                state = await client.state(entity_id)
    except TimeoutError as error:
        raise DemoError(f"{entity_id} is still {state}, {timeout:.0f} s after the door was opened.") from error
    seconds = monotonic() - start
    if not read and any(one.method == "GET" for one in simulator.requests[earlier:]):
        raise DemoError(f"{entity_id} is {state}, but the integration has polled the vendor.")
    return f"{entity_id}: {state} after {seconds:.1f} s, {'pushed, then read' if read else 'pushed'}"


async def _entity_id(client: HomeAssistantClient, car: Car, key: str) -> str:
    entities = await client.command("config/entity_registry/list")
    return next(f"{entity['entity_id']}" for entity in entities if entity["unique_id"] == f"{car.vin}_{key}")


def _is_end_of_remote(delivery: Delivery) -> bool:
    ended = any(
        message["type"] == "Remote" and message["remoteEvent"]["eventStatus"]["type"] == "Done"
        for message in delivery.messages
    )
    return ended and delivery.status == HTTPStatus.OK


def check_log(folder: Folder) -> None:
    """Raise if the logs have a warning or an error about the integration, or the installation of a library.

    Home Assistant keeps the log of before a restart. That a custom integration is not tested by Home Assistant is no
    complaint.
    """
    log = "".join(path.read_text() for path in sorted(folder.config.glob(f"{folder.log.name}*")))
    complaints = [record.strip() for record in RECORD.split(log) if COMPLAINT.match(record)]
    complaints += [line for line in log.splitlines() if INSTALLATION in line]
    if complaints:
        raise DemoError("\n".join(["Home Assistant's log has warnings, errors or installations:", *complaints]))
