"""The client: every endpoint, the token, paging, and the two spellings."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from yarl import URL

from custom_components.stellantis.api import client as client_module
from custom_components.stellantis.api.client import RegistrationStatus, StellantisClient
from custom_components.stellantis.api.collisions import Impact
from custom_components.stellantis.api.errors import (
    AuthenticationError,
    BadAnswerError,
    BadRequestError,
    EmptyAnswerError,
    ForbiddenError,
    HungUpError,
    NoDataError,
    RateLimitError,
    StellantisError,
    TokenRefusedError,
    VendorError,
)
from custom_components.stellantis.api.monitors import monitors
from custom_components.stellantis.api.rate_limits import SavingError
from custom_components.stellantis.api.remotes import (
    LockDoors,
    Progress,
    Remote,
    SoundHorn,
    SwitchCharging,
    SwitchLights,
    SwitchPreconditioning,
    WakeUp,
)
from custom_components.stellantis.api.scopes import Scope
from custom_components.stellantis.api.status import Maintenance, Status
from custom_components.stellantis.api.vehicle import Vehicle
from simulator import Car, Fault, MessageFault, Outcome, Simulator, gateway_refusal
from tests.helpers.driver import Driver, Tokens, vehicle
from tests.helpers.webhook import subscription


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
        [
            *("charging", "charging_delay", "charging_level", "charging_schedule", "charging_type", "doors", "horn"),
            *("immobilization", "lights", "navigation", "preconditioning", "programs", "stolen", "wake_up"),
        ],
        ["charging", "charging_delay", "doors", "immobilization", "preconditioning", "programs", "stolen", "wake_up"],
        ["doors", "horn", "immobilization", "lights", "stolen", "wake_up"],
    ]
    assert [(car.program_slots, car.charging_slots) for car in cars] == [(4, 5), (4, 0), (0, 0)]
    assert driver.asked == ["GET /user/vehicles"]
    query = simulator.requests[-1].query
    assert query.getall("extension") == ["onboardCapabilities", "branding", "pictures"]
    assert query["pageSize"] == "60"


async def test_cars_that_cannot_be_told_apart_are_left_out(simulator: Simulator, client: StellantisClient) -> None:
    items = [{"id": "1", "vin": "V1"}, {"id": "2"}, {"vin": "V3"}, "car", None, {"id": 4, "vin": "V4"}]
    simulator.faults.add(Fault(body={"_embedded": {"vehicles": items}}))
    assert [car.vin for car in await client.vehicles()] == ["V1"]


async def test_the_status(driver: Driver, client: StellantisClient, car: Car) -> None:
    car.locked = False
    status = await client.status(vehicle(car))
    assert status.doors
    assert not status.doors.locked
    assert driver.asked == [f"GET /user/vehicles/{car.id}/status"]


@pytest.mark.parametrize("scope", Scope)
async def test_whether_a_status_can_be_read(simulator: Simulator, driver: Driver, car: Car, scope: str) -> None:
    grant = simulator.grants.by_access_token(driver.token)
    assert grant
    grant.scopes = (scope,)
    client = driver.client(scopes=[scope])
    if client.can_read_status:
        assert (await client.status(vehicle(car))).blocks
        return
    with pytest.raises(ForbiddenError):
        await client.status(vehicle(car))


async def test_an_id_is_one_part_of_the_path(simulator: Simulator, client: StellantisClient) -> None:
    with pytest.raises(NoDataError):
        await client.status(replace(vehicle(simulator.cars["electric"]), id="a?b=c#d e/f%2F"))
    assert simulator.requests[-1].path.endswith("/user/vehicles/a?b=c#d e/f%2F/status")


async def test_the_maintenance(driver: Driver, client: StellantisClient, car: Car) -> None:
    due = (await client.maintenance(vehicle(car))).maintenance
    assert isinstance(due, Maintenance)
    assert due.days
    assert due.distance
    assert driver.asked == [f"GET /user/vehicles/{car.id}/maintenance"]
    with pytest.raises(NoDataError):
        await client.maintenance(vehicle(driver.simulator.cars["hybrid"]))


async def test_the_alerts_that_are_active(simulator: Simulator, client: StellantisClient, car: Car) -> None:
    assert (await client.alerts(vehicle(car))).alerts is not None
    kept = simulator.garage.raise_alert(car, "FuelLevelLow", "Warning")
    simulator.garage.clear_alert(car, simulator.garage.raise_alert(car, "RiskOfIce", "Information"))
    alerts = (await client.alerts(vehicle(car))).alerts
    assert alerts
    assert [(alert.id, alert.type, alert.severity) for alert in alerts.active] == [(kept.id, "FuelLevelLow", "Warning")]


async def test_trips(simulator: Simulator, client: StellantisClient, car: Car) -> None:
    simulator.garage.drive_off(car)
    simulator.garage.park(car)
    [trip] = await client.trips(vehicle(car))
    assert trip.duration is not None
    assert trip.duration >= timedelta(0)
    [since] = simulator.requests[-1].query.getall("timestamps")
    assert since.endswith("T00:00:00Z/")


async def test_collisions(simulator: Simulator, client: StellantisClient, car: Car) -> None:
    assert await client.collisions(vehicle(car)) == []
    made = simulator.garage.collide(car, "Rear", "Minor", pedestrian=True)
    [collision] = await client.collisions(vehicle(car))
    assert (collision.id, collision.pedestrian, collision.tipped_over) == (made.id, True, None)
    assert collision.impacts == (Impact(side="rear", severity="minor"),)
    [since] = simulator.requests[-1].query.getall("timestamps")
    assert since.endswith("T00:00:00Z/")


@pytest.mark.parametrize("missing", [{Scope.COLLISION}, {Scope.TELEMETRY, Scope.POSITION}])
async def test_collisions_that_the_scopes_do_not_allow_are_not_asked_for(
    driver: Driver, car: Car, missing: set[Scope]
) -> None:
    client = driver.client(scopes=[other for other in Scope if other not in missing])
    assert await client.collisions(vehicle(car)) == []
    assert driver.asked == []


@pytest.mark.parametrize("status", [204, 400, 403, 404])
async def test_a_vendor_that_lists_no_collisions_has_no_data(
    simulator: Simulator, client: StellantisClient, car: Car, status: int
) -> None:
    simulator.faults.add(Fault(status=status))
    with pytest.raises(NoDataError):
        await client.collisions(vehicle(car))


async def test_the_vendor_says_that_there_are_no_collisions(
    simulator: Simulator, client: StellantisClient, car: Car
) -> None:
    simulator.faults.add(Fault(status=404, body={"code": 40499, "message": "No collision for this vehicle."}))
    assert await client.collisions(vehicle(car)) == []


READERS: dict[str, Callable[[StellantisClient, Vehicle], Awaitable[Status]]] = {
    "data:telemetry": StellantisClient.maintenance,
    "data:alert": StellantisClient.alerts,
}


@pytest.mark.parametrize("scope", READERS)
async def test_what_the_scopes_do_not_allow_is_not_asked_for(driver: Driver, car: Car, scope: str) -> None:
    client = driver.client(scopes=[other for other in Scope if other != scope])
    assert await READERS[scope](client, vehicle(car)) == Status()
    assert driver.asked == []


async def test_trips_that_the_scopes_do_not_allow_are_not_asked_for(driver: Driver, car: Car) -> None:
    client = driver.client(scopes=[other for other in Scope if other != Scope.TRIP])
    assert await client.trips(vehicle(car)) == []
    assert driver.asked == []


async def test_the_life_of_a_monitor(
    simulator: Simulator, driver: Driver, client: StellantisClient, car: Car, callback_id: str
) -> None:
    doors, energy, *_ = monitors(tuple(Scope), "Electric", charging_refresh=300, moving_refresh=60)
    made = await client.create_monitor(car.id, callback_id, doors)
    [found] = await client.monitors(car.id, callback_id)
    assert (found.id, found.label, found.status, found.key) == (made, doors.label, "Running", "doors")

    await client.update_monitor(car.id, callback_id, made, energy)
    assert simulator.callbacks[callback_id].monitors[made].plan.body == energy.body
    simulator.callbacks[callback_id].monitors[made].status = "Failed"
    assert [one.status for one in await client.monitors(car.id, callback_id)] == ["Failed"]
    await client.set_monitor_status(car.id, callback_id, made, RegistrationStatus.RUNNING)
    assert simulator.callbacks[callback_id].monitors[made].status == "Running"

    await client.delete_monitor(car.id, callback_id, made)
    assert await client.monitors(car.id, callback_id) == []
    path = f"/user/vehicles/{car.id}/callbacks/{callback_id}/monitors"
    assert [ask for ask in driver.asked if ask.endswith(made) or "/monitors" in ask] == [
        f"POST {path}",
        f"GET {path}",
        f"PUT {path}/{made}",
        f"GET {path}",
        f"PUT {path}/{made}/status",
        f"DELETE {path}/{made}",
        f"GET {path}",
    ]


@pytest.mark.parametrize("refresh", [60, 3600])
@pytest.mark.parametrize("motorization", ["Electric", "Thermic"])
async def test_every_monitor_is_as_the_contract_wants_it(
    simulator: Simulator, client: StellantisClient, car: Car, callback_id: str, motorization: str, refresh: int
) -> None:
    wanted = monitors(tuple(Scope), motorization, charging_refresh=refresh, moving_refresh=refresh)
    for monitor in wanted:
        await client.create_monitor(car.id, callback_id, monitor)
    made = simulator.callbacks[callback_id].monitors.values()
    assert [one.plan.body for one in made] == [monitor.body for monitor in wanted]
    assert {monitor.key for monitor in wanted} >= {"doors", "energy", "events", "moving"}


async def test_where_there_are_no_monitors_the_list_is_empty(
    simulator: Simulator, client: StellantisClient, car: Car
) -> None:
    simulator.faults.add(Fault(status=404))
    assert await client.monitors(car.id, "gone") == []
    simulator.faults.add(Fault(body={"_embedded": {"monitors": [{}, {"monitorId": 7}, {"monitorId": "1"}]}}))
    assert [(one.id, one.label, one.status) for one in await client.monitors(car.id, "gone")] == [("1", None, None)]


async def test_the_limits_are_those_of_the_last_answer(
    simulator: Simulator, client: StellantisClient, car: Car
) -> None:
    headers = {"X-RateLimit-Limit-1": "100", "X-RateLimit-Remaining-1": "10", "X-RateLimit-Remaining-2": "7"}
    simulator.faults.add(Fault(headers=headers, times=None))
    await client.user_email()
    limits = client.rate_limits
    assert (limits.daily_limit, limits.daily_remaining, limits.burst_remaining) == (100, 10, 7)
    asked = len(simulator.requests)
    for read in (client.status, client.maintenance, client.alerts, client.trips):
        with pytest.raises(SavingError):
            await read(vehicle(car))
    assert len(simulator.requests) == asked
    await client.callbacks()  # what commands need is asked all the same


async def test_after_a_429_nothing_is_read_for_a_while(
    simulator: Simulator, client: StellantisClient, car: Car
) -> None:
    simulator.faults.add(Fault(status=429, headers={"Retry-After": "300"}))
    with pytest.raises(RateLimitError):
        await client.callbacks()
    with pytest.raises(SavingError) as raised:
        await client.status(vehicle(car))
    assert 290 < raised.value.retry_after <= 300
    await client.callbacks()


async def test_the_life_of_a_callback(simulator: Simulator, driver: Driver, client: StellantisClient) -> None:
    made = await client.create_callback(subscription())
    assert [(one.id, one.label, one.status) for one in await client.callbacks()] == [(made, "mine", "Running")]
    assert (await client.callbacks())[0].subscription == subscription()

    await client.update_callback(made, subscription("https://other.example.com/hook"))
    assert simulator.callbacks[made].target == "https://other.example.com/hook"

    simulator.callbacks[made].status = "Failed"
    assert [one.status for one in await client.callbacks()] == ["Failed"]
    await client.set_callback_status(made, RegistrationStatus.RUNNING)
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


async def test_only_the_vendor_itself_says_that_there_are_no_alerts(
    simulator: Simulator, client: StellantisClient, car: Car
) -> None:
    simulator.faults.add(Fault(status=404, body={"code": 40499, "message": "No alert for this vehicle."}))
    with pytest.raises(NoDataError):
        await client.alerts(vehicle(car))
    simulator.faults.add(Fault(status=404))
    with pytest.raises(EmptyAnswerError):
        await client.alerts(vehicle(car))


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
        (LockDoors(locked=False), {"locked": False}),
        (SwitchLights(on=True), {"lights": True}),
        (SwitchCharging(on=True), {"charging_status": "InProgress"}),
        (SwitchPreconditioning(on=True), {"preconditioning": "Enabled"}),
        (SoundHorn(), {}),
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
    remote_id = await client.send_remote(car.id, callback_id, SoundHorn())
    await simulator.idle()
    assert await client.remote_progress(car.id, callback_id, remote_id) == progress


async def test_a_remote_on_its_way(simulator: Simulator, client: StellantisClient, callback_id: str, car: Car) -> None:
    simulator.speed = 0.001
    remote_id = await client.send_remote(car.id, callback_id, SoundHorn())
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
    assert await client.send_remote(car.id, callback_id, SoundHorn())


async def test_a_refused_token_is_replaced_once(driver: Driver) -> None:
    tokens = Tokens(["stale", driver.token])
    assert await driver.client(token=tokens).user_email() == driver.account.email
    assert tokens.rejected == [None, "stale"]
    assert driver.asked == ["GET /user", "GET /user"]


async def test_a_token_that_is_refused_again_is_an_error(driver: Driver) -> None:
    tokens = Tokens(["stale", "stale too", driver.token])
    with pytest.raises(TokenRefusedError):
        await driver.client(token=tokens).user_email()
    assert tokens.rejected == [None, "stale"]
    assert driver.asked == ["GET /user", "GET /user"]


async def test_whether_tokens_are_accepted_is_told(simulator: Simulator, driver: Driver) -> None:
    told: list[bool] = []
    client = driver.client("stale", driver.token, on_token=told.append)
    await client.user_email()
    simulator.faults.add(gateway_refusal(times=2))
    with pytest.raises(TokenRefusedError):
        await client.user_email()
    simulator.faults.add(Fault(status=503))
    with pytest.raises(VendorError):
        await client.user_email()
    await client.user_email()
    assert told == [True, False, True]


async def test_without_a_token_nothing_is_asked(driver: Driver) -> None:
    async def no_token(*, rejected: str | None = None) -> str:
        raise AuthenticationError(rejected)

    with pytest.raises(AuthenticationError):
        await driver.client(token=no_token).user_email()
    assert driver.asked == []


async def test_a_remote_is_sent_again_with_a_new_token(driver: Driver, callback_id: str, car: Car) -> None:
    client = driver.client("stale", driver.token)
    assert await client.send_remote(car.id, callback_id, SoundHorn())
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


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"_embedded": None},
        {"_embedded": {}},
        {"_embedded": []},
        page([]),
        page(None),
        page({}),
        {"_links": {}, "total": 0, "totalPage": 0, "currentPage": 1},
        {"code": 40400, "message": "No vehicle found"},
    ],
)
async def test_no_cars(simulator: Simulator, client: StellantisClient, answer: Any) -> None:
    simulator.faults.add(Fault(body=answer, status=200))
    assert await client.vehicles() == []


@pytest.mark.parametrize(
    "body",
    [
        {"code": 40400, "uuid": "0", "message": "No vehicle found", "timestamp": "2025-11-27T01:51:09.224Z"},
        {"code": 40499, "message": "We didn't find the vehicles of this user."},
        {"code": "40400", "message": "Vehicle not found."},
        {"code": 40400, "message": "No data"},
        {"code": 40400},
        {"code": 404, "message": None},
        {"message": "No Vehicle found"},
    ],
)
async def test_no_car_found_is_no_cars(simulator: Simulator, driver: Driver, body: dict[str, Any]) -> None:
    simulator.faults.add(Fault(status=404, body=body))
    assert await driver.client().vehicles() == []
    assert driver.asked == ["GET /user/vehicles"]


@pytest.mark.parametrize(
    "body",
    [
        None,
        "<html>Not found</html>",
        {},
        {"code": 40400, "message": "Not Found"},
        {"httpCode": "404", "httpMessage": "Not Found", "moreInformation": "No resources match requested URI"},
        {"message": "no Route matched with those values"},
    ],
)
async def test_a_wrong_address_is_not_an_account_without_cars(
    simulator: Simulator, client: StellantisClient, body: Any
) -> None:
    simulator.faults.add(Fault(status=404, body=body))
    with pytest.raises(NoDataError):
        await client.vehicles()


async def test_a_car_alone_counts_as_a_list(simulator: Simulator, client: StellantisClient) -> None:
    simulator.faults.add(Fault(body=page(CAR)))
    assert [car.vin for car in await client.vehicles()] == ["V1"]


async def test_a_page_that_is_not_there_ends_the_list(simulator: Simulator, client: StellantisClient) -> None:
    simulator.faults.add(Fault(body=page([CAR], "https://elsewhere.example.com/?pageToken=2") | {"total": 0}))
    simulator.faults.add(Fault(status=404))
    assert [car.vin for car in await client.vehicles()] == ["V1"]


# Extensions.


def asked_for(simulator: Simulator) -> list[int]:
    """Return how many extensions each request has asked for."""
    return [len(request.query.getall("extension", [])) for request in simulator.requests]


@pytest.mark.parametrize("status", [400, 403, 500])
async def test_fewer_extensions_are_asked_for_after_a_refusal(
    simulator: Simulator, client: StellantisClient, status: int
) -> None:
    simulator.faults.add(Fault(status=status, times=3))
    assert len(await client.vehicles()) == 3
    assert asked_for(simulator) == [3, 2, 2, 0]
    assert simulator.requests[1].query.getall("extension") == ["onboardCapabilities", "branding"]
    assert simulator.requests[2].query.getall("extension") == ["branding", "pictures"]
    await client.vehicles()
    assert asked_for(simulator) == [3, 2, 2, 0, 0]


async def test_the_first_refusal_is_told_if_nothing_helps(simulator: Simulator, client: StellantisClient) -> None:
    simulator.faults.add(Fault(status=400, body={"message": "first"}))
    simulator.faults.add(Fault(status=500, times=None))
    with pytest.raises(BadRequestError, match="first"):
        await client.vehicles()
    assert asked_for(simulator) == [3, 2, 2, 0]
    simulator.faults.clear()
    await client.vehicles()
    assert asked_for(simulator)[4:] == [3], "nothing is kept"


@pytest.mark.parametrize(
    "answer",
    [{"status": 401}, {"status": 429}, {"status": 502}, {"status": 503}, {"status": 409}, {"drop": True}],
    ids=str,
)
async def test_another_failure_is_not_about_extensions(
    simulator: Simulator, driver: Driver, answer: dict[str, Any]
) -> None:
    simulator.faults.add(Fault(**answer, times=None))
    with pytest.raises(StellantisError):
        await driver.client(driver.token, driver.token).vehicles()
    assert set(asked_for(simulator)) == {3}


async def test_a_rate_limit_ends_the_search(simulator: Simulator, client: StellantisClient) -> None:
    simulator.faults.add(Fault(status=500))
    simulator.faults.add(Fault(status=429))
    with pytest.raises(RateLimitError):
        await client.vehicles()
    assert asked_for(simulator) == [3, 2]


@pytest.mark.parametrize("items", ["cars", 7, True])
async def test_cars_that_are_no_list_are_a_bad_answer(
    simulator: Simulator, client: StellantisClient, items: Any
) -> None:
    simulator.faults.add(Fault(body=page(items)))
    with pytest.raises(BadAnswerError):
        await client.vehicles()


# Two spellings.

BOTH = [
    (SwitchLights(on=True), "ligths"),
    (SwitchPreconditioning(on=True), "preonditionning"),
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
    assert await client.send_remote(car.id, callback_id, SwitchLights(on=True))
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
        await client.send_remote(car.id, callback_id, SwitchLights(on=True))
    assert spellings(simulator) == ["lights", "ligths"]
    assert told == []
    # Nothing was learnt.
    await client.send_remote(car.id, callback_id, SwitchLights(on=True))
    assert spellings(simulator)[2:] == ["lights"]


@pytest.mark.parametrize("remote", [LockDoors(locked=True), SoundHorn(), SwitchCharging(on=True)])
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
        await client.send_remote("car", "callback", SoundHorn())
