"""The demo's own check: one remote goes out and its end comes back through the webhook, and so does an open door."""

import asyncio
from http import HTTPStatus
import re
from time import monotonic

from simulator import Car, Delivery, Simulator

from .client import HomeAssistantClient
from .configuration import Folder
from .failure import DemoError

# By the state of the doors: the action that changes it, and the state that follows.
ACTIONS = {"unlocked": ("lock", "locked"), "locked": ("unlock", "unlocked")}

RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d )", re.MULTILINE)
COMPLAINT = re.compile(r"^\S+ \S+ (WARNING|ERROR|CRITICAL) .*custom_components[./]stellantis", re.DOTALL)
INSTALLATION = "Attempting install"

# The vendor notes that a message was taken a moment after Home Assistant has acted on it.
GRACE = 5.0
PAUSE = 0.02


async def check_remote(client: HomeAssistantClient, simulator: Simulator, car: Car) -> str:
    """Lock or unlock a car: what was done, how long it took, and how its end arrived."""
    entity_id = await _entity_id(client, car, "doors")
    action, wanted = ACTIONS[await client.state(entity_id)]
    earlier = len(simulator.requests)
    start = monotonic()
    await client.post(f"/api/services/lock/{action}", {"entity_id": entity_id})
    seconds = monotonic() - start

    state = await client.state(entity_id)
    if state != wanted:
        raise DemoError(f"lock.{action} returned after {seconds:.1f} s, but {entity_id} is {state}.")
    try:
        async with asyncio.timeout(GRACE):
            await simulator.wait_for_delivery(_brought_the_end)
    except TimeoutError as error:
        raise DemoError(f"{entity_id} is {wanted}, but the webhook has not taken the end of the remote.") from error
    polls = [one for one in simulator.requests[earlier:] if one.method == "GET" and "/remotes/" in one.path]
    if polls:
        raise DemoError(f"{entity_id} is {wanted}, but the end of the remote was asked for, not awaited.")
    return f"lock.{action}: {wanted} after {seconds:.1f} s, end delivered through the webhook"


async def check_push(client: HomeAssistantClient, simulator: Simulator, car: Car) -> str:
    """Open a door in the garage: which entity shows it, and how soon, though nobody has asked the vendor."""
    entity_id = await _entity_id(client, car, "door_driver")
    state = await client.state(entity_id)
    if state != "off":
        raise DemoError(f"{entity_id} is {state}, though the door is closed.")
    earlier = len(simulator.requests)
    start = monotonic()
    simulator.garage.open(car, "Driver")
    try:
        async with asyncio.timeout(GRACE):
            while state != "on":
                await asyncio.sleep(PAUSE)
                state = await client.state(entity_id)
    except TimeoutError as error:
        raise DemoError(f"{entity_id} is still {state}, {GRACE:.0f} s after the door was opened.") from error
    seconds = monotonic() - start
    if any(one.method == "GET" for one in simulator.requests[earlier:]):
        raise DemoError(f"{entity_id} is {state}, but the vendor was asked for it.")
    return f"{entity_id}: {state} after {seconds:.1f} s, pushed"


async def _entity_id(client: HomeAssistantClient, car: Car, key: str) -> str:
    entities = await client.command("config/entity_registry/list")
    return next(f"{entity['entity_id']}" for entity in entities if entity["unique_id"] == f"{car.vin}_{key}")


def _brought_the_end(delivery: Delivery) -> bool:
    ended = any(
        message["type"] == "Remote" and message["remoteEvent"]["eventStatus"]["type"] == "Done"
        for message in delivery.messages
    )
    return ended and delivery.status == HTTPStatus.OK


def check_log(folder: Folder) -> None:
    """Raise for a warning or an error of the integration, and for a library that the environment lacked."""
    log = folder.log.read_text()
    complaints = [record.strip() for record in RECORD.split(log) if COMPLAINT.match(record)]
    complaints += [line for line in log.splitlines() if INSTALLATION in line]
    if complaints:
        raise DemoError("\n".join(["Home Assistant's log has something to say:", *complaints]))
