"""The client: every endpoint, the token, paging, and the two spellings."""

from typing import Any

import aiohttp
import pytest
from yarl import URL

from custom_components.stellantis.api import client as client_module
from custom_components.stellantis.api.auth import SCOPES
from custom_components.stellantis.api.client import StellantisClient
from custom_components.stellantis.api.errors import (
    AuthenticationError,
    BadAnswerError,
    BadRequestError,
    ForbiddenError,
    HungUpError,
    StellantisError,
)
from custom_components.stellantis.api.remotes import (
    Charging,
    Doors,
    Horn,
    Lights,
    Preconditioning,
    Progress,
    Remote,
    WakeUp,
)
from simulator import Car, Fault, MessageFault, Outcome, Simulator

from .conftest import Driver, Tokens, subscription


@pytest.fixture
async def callback_id(simulator: Simulator, client: StellantisClient) -> str:
    """A callback, and nobody who takes its messages."""
    simulator.faults.add(MessageFault(times=None, lose=True))
    return await client.create_callback(subscription())


async def test_every_request_says_who_asks(simulator: Simulator, driver: Driver) -> None:
    await driver.client().user_email()
    request = simulator.requests[-1]
    assert request.headers["Authorization"] == f"Bearer {driver.token}"
    assert request.headers["x-introspect-realm"] == driver.app.realm
    assert request.headers["Accept"] == "application/hal+json, application/json"
    assert dict(request.query) == {"client_id": driver.app.client_id}


async def test_a_slash_at_the_end_of_the_address_is_harmless(simulator: Simulator, driver: Driver) -> None:
    assert await driver.client(api_url=f"{simulator.api_url}/").user_email() == driver.account.email


async def test_the_user(driver: Driver, client: StellantisClient) -> None:
    assert await client.user_email() == "driver@example.com"
    assert driver.asked == ["GET /user"]


@pytest.mark.parametrize("user", [{}, {"email": None}, {"email": ""}, {"email": " "}, {"email": ["a@b"]}])
async def test_a_user_without_an_address(simulator: Simulator, client: StellantisClient, user: dict[str, Any]) -> None:
    simulator.faults.add(Fault(body=user))
    assert await client.user_email() is None


async def test_the_cars(simulator: Simulator, driver: Driver, client: StellantisClient) -> None:
    cars = await client.vehicles()
    assert [(car.id, car.vin) for car in cars] == [(car.id, car.vin) for car in driver.account.cars]
    assert [car.name for car in cars] == ["Peugeot e-208", "Peugeot 308 Hybrid", "Peugeot 2008"]
    assert [car.motorization for car in cars] == ["Electric", "Hybrid", "Thermic"]
    assert [sorted(car.capabilities) for car in cars] == [
        ["charging", "doors", "horn", "lights", "preconditioning", "wake_up"],
        ["charging", "doors", "preconditioning", "wake_up"],
        ["doors", "horn", "lights", "wake_up"],
    ]
    assert driver.asked == ["GET /user/vehicles"]
    query = simulator.requests[-1].query
    assert query.getall("extension") == ["onboardCapabilities", "branding"]
    assert query["pageSize"] == "60"


async def test_cars_that_cannot_be_told_apart_are_left_out(simulator: Simulator, client: StellantisClient) -> None:
    items = [{"id": "1", "vin": "V1"}, {"id": "2"}, {"vin": "V3"}, "car", None, {"id": 4, "vin": "V4"}]
    simulator.faults.add(Fault(body={"_embedded": {"vehicles": items}}))
    assert [car.vin for car in await client.vehicles()] == ["V1"]


async def test_the_status(driver: Driver, client: StellantisClient, car: Car) -> None:
    car.locked = False
    status = await client.status(car.id)
    assert status.doors
    assert not status.doors.locked
    assert driver.asked == [f"GET /user/vehicles/{car.id}/status"]


@pytest.mark.parametrize("scope", SCOPES)
async def test_whether_a_status_can_be_read(simulator: Simulator, driver: Driver, car: Car, scope: str) -> None:
    grant = simulator.grants.by_access_token(driver.token)
    assert grant
    grant.scopes = (scope,)
    client = driver.client(scopes=[scope])
    if client.can_read_status:
        assert await client.status(car.id)
        return
    with pytest.raises(ForbiddenError):
        await client.status(car.id)


async def test_an_id_is_one_part_of_the_path(simulator: Simulator, client: StellantisClient) -> None:
    simulator.faults.add(Fault())
    with pytest.raises(StellantisError):
        await client.status("a?b=c#d e/f%2F")
    assert simulator.requests[-1].path.endswith("/user/vehicles/a?b=c#d e/f%2F/status")


async def test_the_life_of_a_callback(simulator: Simulator, driver: Driver, client: StellantisClient) -> None:
    made = await client.create_callback(subscription())
    assert [(one.id, one.label, one.status) for one in await client.callbacks()] == [(made, "mine", "Running")]
    assert (await client.callbacks())[0].subscription == subscription()

    await client.update_callback(made, subscription("https://other.example.com/hook"))
    assert simulator.callbacks[made].target == "https://other.example.com/hook"

    simulator.callbacks[made].status = "Failed"
    assert [one.status for one in await client.callbacks()] == ["Failed"]
    await client.resume_callback(made)
    assert simulator.callbacks[made].status == "Running"

    await client.delete_callback(made)
    assert await client.callbacks() == []
    assert [ask for ask in driver.asked if not ask.startswith("GET")] == [
        "POST /user/callbacks",
        f"PUT /user/callbacks/{made}",
        f"PUT /user/callbacks/{made}/status",
        f"DELETE /user/callbacks/{made}",
    ]


@pytest.mark.parametrize(
    ("item", "label"),
    [
        ({"id": "1", "label": "mine", "subscribe": {"label": "other"}}, "mine"),
        ({"id": "1", "subscribe": {"label": "mine"}}, "mine"),
        ({"id": "1", "label": None, "subscribe": None}, None),
        ({"id": "1", "label": ["mine"], "subscribe": ["label"]}, None),
        ({"id": "1"}, None),
    ],
)
async def test_the_label_of_a_callback(
    simulator: Simulator, client: StellantisClient, item: dict[str, Any], label: str | None
) -> None:
    simulator.faults.add(Fault(body={"_embedded": {"callbacks": [item, {"id": None}, {"label": "mine"}]}}))
    assert [(one.id, one.label, one.status) for one in await client.callbacks()] == [("1", label, None)]


async def test_a_vendor_who_finds_no_callbacks_has_none(simulator: Simulator, client: StellantisClient) -> None:
    simulator.faults.add(Fault(status=404))
    assert await client.callbacks() == []


@pytest.mark.parametrize("answer", [{}, {"callbackId": None}, {"callbackId": ""}, {"callbackId": 7}, None])
async def test_a_callback_without_an_id_is_a_bad_answer(
    simulator: Simulator, client: StellantisClient, answer: Any
) -> None:
    simulator.faults.add(Fault(body=answer, status=200))
    with pytest.raises(BadAnswerError, match="callbackId"):
        await client.create_callback(subscription())


@pytest.mark.parametrize(
    ("remote", "changed"),
    [
        (Doors("Unlocked"), {"locked": False}),
        (Lights(on=True), {"lights": True}),
        (Charging(immediate=True), {"charging_status": "InProgress"}),
        (Preconditioning(immediate=True), {"preconditioning": "Enabled"}),
        (Horn(), {}),
        (WakeUp(), {"asleep": False}),
    ],
)
async def test_a_car_does_what_it_is_asked_to_do(
    simulator: Simulator,
    driver: Driver,
    client: StellantisClient,
    callback_id: str,
    car: Car,
    remote: Remote,
    changed: dict[str, Any],
) -> None:
    remote_id = await client.send_remote(car.id, callback_id, remote)
    request = simulator.requests[-1]
    assert request.path.endswith(f"/user/vehicles/{car.id}/callbacks/{callback_id}/remotes")
    assert request.body == {"label": remote.type, **remote.body}
    await simulator.idle()
    assert {name: getattr(car, name) for name in changed} == changed
    progress = await client.remote_progress(car.id, callback_id, remote_id)
    assert driver.asked[-1] == f"GET /user/vehicles/{car.id}/callbacks/{callback_id}/remotes/{remote_id}"
    assert progress == Progress("Success", done=True)


@pytest.mark.parametrize(
    ("outcome", "progress"),
    [
        (Outcome("Failed", "DoorsOpen"), Progress("Failed", done=True, failure_cause="DoorsOpen")),
        (Outcome("AlreadyDone"), Progress("AlreadyDone", done=True)),
        (Outcome("TooManyWakeUpsOverMonth"), Progress("TooManyWakeUpsOverMonth", done=True)),
        (Outcome("NeverHeardOf"), Progress("NeverHeardOf", done=False)),
    ],
)
async def test_how_a_remote_ended(
    simulator: Simulator,
    client: StellantisClient,
    callback_id: str,
    car: Car,
    outcome: Outcome,
    progress: Progress,
) -> None:
    car.next_outcomes = [outcome]
    remote_id = await client.send_remote(car.id, callback_id, Horn())
    await simulator.idle()
    assert await client.remote_progress(car.id, callback_id, remote_id) == progress


async def test_a_remote_on_its_way(simulator: Simulator, client: StellantisClient, callback_id: str, car: Car) -> None:
    simulator.speed = 0.001
    remote_id = await client.send_remote(car.id, callback_id, Horn())
    assert await client.remote_progress(car.id, callback_id, remote_id) == Progress("Accepted", done=False)


@pytest.mark.parametrize("answer", [{}, {"status": None}, {"status": ["Success"]}, None])
async def test_a_remote_without_a_status_is_a_bad_answer(
    simulator: Simulator, client: StellantisClient, answer: Any
) -> None:
    simulator.faults.add(Fault(body=answer, status=200))
    with pytest.raises(BadAnswerError, match="status"):
        await client.remote_progress("car", "callback", "remote")


async def test_the_type_of_the_answer_may_be_a_list(
    simulator: Simulator, client: StellantisClient, callback_id: str, car: Car
) -> None:
    simulator.spelling = "tutorial"
    assert await client.send_remote(car.id, callback_id, Horn())


async def test_a_refused_token_is_replaced_once(driver: Driver) -> None:
    tokens = Tokens(["stale", driver.token])
    assert await driver.client(token=tokens).user_email() == driver.account.email
    assert tokens.rejected == [None, "stale"]
    assert driver.asked == ["GET /user", "GET /user"]


async def test_a_token_that_is_refused_again_is_an_error(driver: Driver) -> None:
    tokens = Tokens(["stale", "stale too", driver.token])
    with pytest.raises(AuthenticationError):
        await driver.client(token=tokens).user_email()
    assert tokens.rejected == [None, "stale"]
    assert driver.asked == ["GET /user", "GET /user"]


async def test_without_a_token_nothing_is_asked(driver: Driver) -> None:
    async def no_token(*, rejected: str | None = None) -> str:
        raise AuthenticationError(rejected)

    with pytest.raises(AuthenticationError):
        await driver.client(token=no_token).user_email()
    assert driver.asked == []


async def test_a_remote_is_sent_again_with_a_new_token(driver: Driver, callback_id: str, car: Car) -> None:
    client = driver.client("stale", driver.token)
    assert await client.send_remote(car.id, callback_id, Horn())
    bodies = [one.body for one in driver.simulator.requests if one.path.endswith("/remotes")]
    assert bodies == [{"label": "Horn", "horn": {"state": "Activated"}}] * 2


# Paging.


async def test_all_pages_are_read(simulator: Simulator, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_PAGE_SIZE", 1)
    asked: list[URL] = []

    async def note(_session: Any, _context: Any, params: aiohttp.TraceRequestStartParams) -> None:
        asked.append(params.url)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(note)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        driver.session = session
        cars = await driver.client().vehicles()
    assert [car.vin for car in cars] == [car.vin for car in driver.account.cars]
    # The links name another host, which knows nothing of tokens.
    assert {url.origin() for url in asked} == {URL(simulator.api_url).origin()}
    queries = [dict(one.query) for one in simulator.requests]
    assert [query.get("pageToken") for query in queries] == [None, "2of1", "3of1"]
    assert all(query["pageSize"] == "1" for query in queries)
    assert all(one.query.getall("extension") for one in simulator.requests)


def page(items: Any, following: Any = None) -> dict[str, Any]:
    links = {} if following is None else {"next": {"href": following}}
    return {"_embedded": {"vehicles": items}, "_links": links}


CAR = {"id": "1", "vin": "V1"}


@pytest.mark.parametrize(
    "answer",
    [
        page([CAR]),
        page([CAR], 7),
        page([CAR], ""),
        page([CAR], "https://elsewhere.example.com/user/vehicles"),
        page([CAR]) | {"_links": None},
        page([CAR]) | {"_links": {"next": ["href"]}},
    ],
)
async def test_a_page_that_names_no_other_is_the_last(
    simulator: Simulator, driver: Driver, answer: dict[str, Any]
) -> None:
    simulator.faults.add(Fault(body=answer))
    assert [car.vin for car in await driver.client().vehicles()] == ["V1"]
    assert driver.asked == ["GET /user/vehicles"]


async def test_a_link_that_cannot_be_read_is_a_bad_answer(simulator: Simulator, client: StellantisClient) -> None:
    simulator.faults.add(Fault(body=page([CAR], "https://[elsewhere")))
    with pytest.raises(BadAnswerError):
        await client.vehicles()


async def test_a_page_that_names_itself_is_the_last(simulator: Simulator, driver: Driver) -> None:
    simulator.faults.add(Fault(times=None, body=page([CAR], "https://elsewhere.example.com/?pageToken=a%2Bb%20c")))
    assert len(await driver.client().vehicles()) == 2
    assert [one.query.get("pageToken") for one in simulator.requests] == [None, "a+b c"]


async def test_pages_without_end_are_a_bad_answer(
    simulator: Simulator, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "_MAX_PAGES", 3)
    for number in range(4):
        simulator.faults.add(Fault(body=page([CAR], f"https://elsewhere.example.com/?pageToken={number}")))
    with pytest.raises(BadAnswerError):
        await driver.client().vehicles()
    assert len(driver.asked) == 3


@pytest.mark.parametrize("answer", [None, {}, {"_embedded": None}, {"_embedded": {}}, page([])])
async def test_no_cars(simulator: Simulator, client: StellantisClient, answer: Any) -> None:
    simulator.faults.add(Fault(body=answer, status=200))
    assert await client.vehicles() == []


@pytest.mark.parametrize("items", [{}, "cars", 7, {"id": "1", "vin": "V1"}])
async def test_cars_that_are_no_list_are_a_bad_answer(
    simulator: Simulator, client: StellantisClient, items: Any
) -> None:
    simulator.faults.add(Fault(body=page(items)))
    with pytest.raises(BadAnswerError):
        await client.vehicles()


# Two spellings.

BOTH = [
    (Lights(on=True), "ligths"),
    (Preconditioning(immediate=True), "preonditionning"),
    (WakeUp(), "state"),
]


def spellings(simulator: Simulator) -> list[str]:
    """Tell which words were sent, in order."""
    bodies = [one.body for one in simulator.requests if one.path.endswith("/remotes")]
    return [next(key for key in body if key != "label") for body in bodies]


@pytest.mark.parametrize(("remote", "word"), BOTH)
async def test_after_a_400_the_other_spelling_is_sent_and_kept(
    simulator: Simulator, driver: Driver, callback_id: str, car: Car, remote: Remote, word: str
) -> None:
    simulator.spelling = "tutorial"
    told: list[list[str]] = []
    client = driver.client(on_tutorial_spellings=told.append)
    first = next(iter(remote.body))
    assert await client.send_remote(car.id, callback_id, remote)
    assert spellings(simulator) == [first, word]
    assert told == [[remote.type]]
    assert await client.send_remote(car.id, callback_id, remote)
    assert spellings(simulator) == [first, word, word]
    assert told == [[remote.type]]


@pytest.mark.parametrize(("remote", "word"), BOTH)
async def test_the_spelling_that_was_kept_is_the_first(
    simulator: Simulator, driver: Driver, callback_id: str, car: Car, remote: Remote, word: str
) -> None:
    simulator.spelling = "tutorial"
    client = driver.client(tutorial_spellings=[remote.type])
    assert await client.send_remote(car.id, callback_id, remote)
    assert spellings(simulator) == [word]


async def test_the_vendor_may_change_its_mind(simulator: Simulator, driver: Driver, callback_id: str, car: Car) -> None:
    told: list[list[str]] = []
    client = driver.client(tutorial_spellings=["WakeUp", "Lights"], on_tutorial_spellings=told.append)
    assert await client.send_remote(car.id, callback_id, Lights(on=True))
    assert spellings(simulator) == ["ligths", "lights"]
    assert told == [["WakeUp"]]


async def test_all_spellings_that_were_kept_are_told(
    simulator: Simulator, driver: Driver, callback_id: str, car: Car
) -> None:
    simulator.spelling = "tutorial"
    told: list[list[str]] = []
    client = driver.client(on_tutorial_spellings=told.append)
    for remote, _ in BOTH:
        await client.send_remote(car.id, callback_id, remote)
    assert told[-1] == ["Lights", "ThermalPreconditioning", "WakeUp"]


async def test_nobody_has_to_be_told(
    simulator: Simulator, client: StellantisClient, callback_id: str, car: Car
) -> None:
    simulator.spelling = "tutorial"
    assert await client.send_remote(car.id, callback_id, WakeUp())
    assert spellings(simulator) == ["wakeUp", "state"]


async def test_when_both_spellings_are_refused_the_first_error_counts(
    simulator: Simulator, driver: Driver, callback_id: str, car: Car
) -> None:
    told: list[list[str]] = []
    client = driver.client(on_tutorial_spellings=told.append)
    for message in ("the first", "the second"):
        simulator.faults.add(Fault(path="*/remotes", status=400, body={"message": message}))
    with pytest.raises(BadRequestError, match="the first"):
        await client.send_remote(car.id, callback_id, Lights(on=True))
    assert spellings(simulator) == ["lights", "ligths"]
    assert told == []
    # Nothing was learnt.
    await client.send_remote(car.id, callback_id, Lights(on=True))
    assert spellings(simulator)[2:] == ["lights"]


@pytest.mark.parametrize("remote", [Doors("Locked"), Horn(), Charging(immediate=True)])
async def test_where_there_is_one_spelling_a_400_is_the_end(
    simulator: Simulator, client: StellantisClient, callback_id: str, car: Car, remote: Remote
) -> None:
    simulator.faults.add(Fault(path="*/remotes", status=400))
    with pytest.raises(BadRequestError):
        await client.send_remote(car.id, callback_id, remote)
    assert spellings(simulator) == [next(iter(remote.body))]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(path="*/remotes", status=403), ForbiddenError),
        (Fault(path="*/remotes", status=409), BadRequestError),
        (Fault(path="*/remotes", drop=True, after=True), HungUpError),
    ],
)
async def test_only_a_400_is_about_spelling(
    simulator: Simulator,
    client: StellantisClient,
    callback_id: str,
    car: Car,
    fault: Fault,
    expected: type[StellantisError],
) -> None:
    simulator.faults.add(fault)
    with pytest.raises(expected):
        await client.send_remote(car.id, callback_id, WakeUp())
    assert spellings(simulator) == ["wakeUp"]


async def test_another_error_with_the_other_spelling_is_that_error(
    simulator: Simulator, driver: Driver, callback_id: str, car: Car
) -> None:
    told: list[list[str]] = []
    simulator.faults.add(Fault(path="*/remotes", status=400))
    simulator.faults.add(Fault(path="*/remotes", status=403))
    with pytest.raises(ForbiddenError):
        await driver.client(on_tutorial_spellings=told.append).send_remote(car.id, callback_id, WakeUp())
    assert told == []


@pytest.mark.parametrize("answer", [{}, {"remoteActionId": None}, {"remoteActionId": ""}, None])
async def test_a_remote_without_an_id_is_a_bad_answer(
    simulator: Simulator, client: StellantisClient, answer: Any
) -> None:
    simulator.faults.add(Fault(body=answer, status=202))
    with pytest.raises(BadAnswerError, match="remoteActionId"):
        await client.send_remote("car", "callback", Horn())
