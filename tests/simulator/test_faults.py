"""What can be made to go wrong."""

import asyncio
from typing import Any

import aiohttp
import pytest

from simulator import GATEWAY_REFUSAL, Car, Fault, MessageFault, Simulator, gateway_refusal, token_error
from simulator.vendor.accounts import PEUGEOT
from tests.helpers.browser import Browser, Client, basic
from tests.helpers.webhook import Webhook, subscription

UNLOCK = {"door": {"state": "Unlocked"}}


@pytest.fixture
def car(simulator: Simulator) -> Car:
    car = simulator.cars["electric"]
    car.asleep = False
    return car


def statuses(webhook: Webhook) -> list[str]:
    return [status for _, status in webhook.events]


async def test_a_fault_strikes_once_unless_told_otherwise(client: Client, simulator: Simulator) -> None:
    simulator.faults.add(Fault(path="/user", status=503))
    assert [(await client.call("GET", "/user")).status for _ in range(2)] == [503, 200]
    simulator.faults.add(Fault(path="/user", status=503, times=2))
    assert [(await client.call("GET", "/user")).status for _ in range(3)] == [503, 503, 200]
    simulator.faults.add(Fault(path="/user", status=503, times=None))
    assert [(await client.call("GET", "/user")).status for _ in range(3)] == [503, 503, 503]
    simulator.faults.clear()
    assert (await client.call("GET", "/user")).status == 200


async def test_a_fault_lets_requests_pass_before_it_strikes(client: Client, simulator: Simulator) -> None:
    simulator.faults.add(Fault(path="/user", status=503, skip=1, times=2))
    simulator.faults.add(Fault(path="/user", status=500, skip=2, times=None))
    assert [(await client.call("GET", "/user")).status for _ in range(5)] == [200, 503, 503, 200, 500]


async def test_a_fault_strikes_what_it_is_for(client: Client, simulator: Simulator, car: Car) -> None:
    simulator.faults.add(Fault(method="POST", path="/user/vehicles*", status=500))
    simulator.faults.add(Fault(path="/user/vehicles/*/status", car=car, status=502))
    assert (await client.call("GET", "/user/vehicles")).status == 200
    assert (await client.call("GET", f"/user/vehicles/{simulator.cars['hybrid'].id}/status")).status == 200
    assert (await client.call("GET", f"/user/vehicles/{car.id}/status")).status == 502


async def test_status_headers_and_body(client: Client, simulator: Simulator) -> None:
    error = {"code": 42900, "message": "Too many requests"}
    simulator.faults.add(Fault(status=429, headers={"Retry-After": "7"}, body=error))
    answer = await client.call("GET", "/user")
    assert (answer.status, answer.headers["Retry-After"], answer.json) == (429, "7", error)
    assert "X-RateLimit-Remaining-1" in answer.headers
    assert simulator.requests[-1].status == 429


async def test_a_body_of_bytes_is_sent_as_it_is(client: Client, simulator: Simulator) -> None:
    simulator.faults.add(
        Fault(body=b'{"email": "zo\xe9@example.com"}', headers={"Content-Type": "text/plain; charset=latin-1"})
    )
    answer = await client.call("GET", "/user")
    assert (answer.status, answer.text) == (200, '{"email": "zoé@example.com"}')
    simulator.faults.add(Fault(body=b'{"email": "me@example.com"}'))
    assert (await client.call("GET", "/user")).json == {"email": "me@example.com"}


async def test_the_gateway_refuses_valid_tokens_for_a_while(client: Client, simulator: Simulator) -> None:
    simulator.faults.add(gateway_refusal(times=2))
    answers = [await client.call("GET", "/user") for _ in range(3)]
    assert [answer.status for answer in answers] == [401, 401, 200]
    assert answers[0].json == GATEWAY_REFUSAL


async def test_token_requests_are_answered_by_errors_of_oauth2(browser: Browser, simulator: Simulator) -> None:
    simulator.faults.add(token_error("temporarily_unavailable", status=403, description="Later"))
    url = f"{simulator.oauth_url}/access_token"
    answer = await browser.request("POST", url, headers=basic(PEUGEOT), data={"grant_type": "refresh_token"})
    assert answer.status == 403
    assert answer.json == {"error": "temporarily_unavailable", "error_description": "Later"}


async def test_headers_are_added_to_the_answer(client: Client, simulator: Simulator) -> None:
    simulator.faults.add(Fault(headers={"X-RateLimit-Remaining-1": "0"}))
    answer = await client.call("GET", "/user")
    assert (answer.status, answer.headers["X-RateLimit-Remaining-1"]) == (200, "0")


async def test_html_instead_of_json(client: Client, simulator: Simulator) -> None:
    simulator.faults.add(Fault(body="<h1>Maintenance</h1>"))
    answer = await client.call("GET", "/user")
    assert (answer.status, answer.text) == (200, "<h1>Maintenance</h1>")
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_delay(client: Client, simulator: Simulator) -> None:
    simulator.faults.add(Fault(delay=0.05))
    loop = asyncio.get_running_loop()
    started = loop.time()
    answer = await client.call("GET", "/user")
    assert loop.time() - started >= 0.05
    assert answer.json["email"] == "driver@example.com"


@pytest.mark.parametrize(("after", "sent"), [(False, 0), (True, 1)])
async def test_a_request_that_hangs_ends_with_the_clients_patience(
    client: Client, simulator: Simulator, callback_id: str, car: Car, after: bool, sent: int
) -> None:
    simulator.faults.add(Fault(method="POST", path="*/remotes", hang=True, after=after))
    body, patience = UNLOCK, aiohttp.ClientTimeout(total=0.2)
    with pytest.raises(TimeoutError):
        await client.call("POST", f"/user/vehicles/{car.id}/callbacks/{callback_id}/remotes", body, timeout=patience)
    await simulator.wait_for_request("POST", "/remotes")
    assert len(simulator.callbacks[callback_id].remotes) == sent


async def test_an_answer_that_drips(client: Client, simulator: Simulator) -> None:
    simulator.faults.add(Fault(path="/user", drip=1e-6))
    answer = await client.call("GET", "/user")
    assert answer.json["email"] == "driver@example.com"

    simulator.faults.add(Fault(path="/user", drip=0.05))
    with pytest.raises(TimeoutError):
        await client.call("GET", "/user", timeout=aiohttp.ClientTimeout(total=0.2, sock_read=0.15))
    await simulator.wait_for_request("GET", "/user", after=1)


@pytest.mark.parametrize(("after", "sent"), [(False, 0), (True, 1)])
@pytest.mark.parametrize("spoilt", [{"drop": True}, {"status": 500}])
async def test_a_request_can_be_carried_out_all_the_same(
    client: Client,
    simulator: Simulator,
    callback_id: str,
    car: Car,
    after: bool,
    sent: int,
    spoilt: dict[str, Any],
) -> None:
    simulator.faults.add(Fault(method="POST", path="*/remotes", after=after, **spoilt))
    if "drop" in spoilt:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.send(car, callback_id, UNLOCK)
    else:
        assert (await client.send(car, callback_id, UNLOCK)).status == 500
    request = await simulator.wait_for_request("POST", "/remotes")
    assert request.status == spoilt.get("status")
    await simulator.idle()
    assert len(simulator.callbacks[callback_id].remotes) == sent
    assert car.locked == (not after)


async def test_the_identity_provider_can_fail_too(browser: Browser) -> None:
    browser.simulator.faults.add(Fault(path="/access_token", status=500, body={"error": "server_error"}))
    url = f"{browser.simulator.oauth_url}/access_token"
    answer = await browser.request("POST", url, data={"grant_type": "any"}, headers=basic(PEUGEOT))
    assert (answer.status, answer.json) == (500, {"error": "server_error"})


async def send(client: Client, car: Car, callback_id: str) -> None:
    assert (await client.send(car, callback_id, UNLOCK)).status == 202
    await client.browser.simulator.idle()


async def test_a_message_can_be_lost(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.faults.add(MessageFault(type="Done", lose=True))
    await send(client, car, callback_id)
    assert statuses(webhook) == ["Accepted", "SentToVehicle"]
    assert not car.locked


async def test_a_message_can_come_twice(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.faults.add(MessageFault(status="Success", double=True))
    await send(client, car, callback_id)
    assert statuses(webhook) == ["Accepted", "SentToVehicle", "Success", "Success"]
    assert webhook.received[-1] == webhook.received[-2]


async def test_a_message_can_be_late(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.faults.add(MessageFault(car=car, status="Accepted", late=0.1))
    await send(client, car, callback_id)
    assert statuses(webhook) == ["SentToVehicle", "Success", "Accepted"]


async def test_messages_can_change_places(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.faults.add(MessageFault(status="SentToVehicle", reorder=True))
    await send(client, car, callback_id)
    assert statuses(webhook) == ["Accepted", "Success", "SentToVehicle"]


@pytest.mark.timeout(10)
async def test_nobody_waits_for_a_message_whose_place_no_other_takes(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.faults.add(MessageFault(status="Success", reorder=True))
    await send(client, car, callback_id)
    assert statuses(webhook) == ["Accepted", "SentToVehicle"]


async def test_a_message_fault_strikes_its_car_as_often_as_asked(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.faults.add(MessageFault(car=simulator.cars["hybrid"], times=None, lose=True))
    simulator.faults.add(MessageFault(car=car, times=2, lose=True))
    await send(client, car, callback_id)
    assert statuses(webhook) == ["Success"]


async def test_a_lost_first_message_does_not_hold_up_the_answer(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.message_first = True
    simulator.faults.add(MessageFault(status="Accepted", lose=True))
    await send(client, car, callback_id)
    assert statuses(webhook) == ["SentToVehicle", "Success"]


async def test_a_late_message_is_not_for_a_deleted_callback(
    client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    simulator.faults.add(MessageFault(type="Done", times=2, late=0.1))
    await client.send(car, callback_id, UNLOCK)
    await simulator.wait_for_delivery(lambda one: "SentToVehicle" in str(one.messages))
    await client.call("DELETE", f"/user/callbacks/{callback_id}")
    other = await client.call("POST", "/user/callbacks", subscription(webhook.url))
    await send(client, car, other.json["callbackId"])
    assert statuses(webhook).count("AlreadyDone") == 1
    assert "Success" not in statuses(webhook)
