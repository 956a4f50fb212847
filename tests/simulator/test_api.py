"""The API: who is let in, what may be asked, what is said of accounts and cars."""

from typing import Any

import pytest
from yarl import URL

from simulator import Simulator, electric
from simulator.vendor.accounts import CITROEN, PEUGEOT, Forgetfulness
from tests.helpers.browser import Browser, Client, make_client


def links(document: dict[str, Any]) -> dict[str, URL]:
    return {name: URL(link["href"]) for name, link in document["_links"].items()}


async def test_the_user(client: Client) -> None:
    answer = await client.call("GET", "/user")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/hal+json")
    assert answer.json["email"] == "driver@example.com"
    assert (answer.json["firstName"], answer.json["lastName"]) == ("Demo", "Driver")


@pytest.mark.parametrize(
    ("client_id", "headers"),
    [
        (None, {}),
        ("unknown", {}),
        (CITROEN.client_id, {}),
        (PEUGEOT.client_id, {"Authorization": None}),
        (PEUGEOT.client_id, {"Authorization": "Bearer wrong"}),
        (PEUGEOT.client_id, {"Authorization": "Basic wrong"}),
        (PEUGEOT.client_id, {"x-introspect-realm": None}),
        (PEUGEOT.client_id, {"x-introspect-realm": CITROEN.realm}),
    ],
)
async def test_who_may_not_ask(client: Client, client_id: str | None, headers: dict[str, str | None]) -> None:
    params = {"client_id": client_id} if client_id else {}
    sent = {key: value for key, value in (client.headers | headers).items() if value is not None}
    answer = await client.call("GET", "/user", headers=sent, params=params)
    assert answer.status == 401
    assert answer.json.keys() == {"code", "uuid", "message", "timestamp"}
    assert answer.json["code"] // 100 == 401


async def test_an_account_without_a_plan_is_refused_by_the_gateway(client: Client) -> None:
    client.account.registered_to_plan = False
    answer = await client.call("GET", "/user")
    assert answer.status == 401
    assert answer.json == {
        "httpCode": "401",
        "httpMessage": "Unauthorized",
        "moreInformation": "Not registered to plan",
    }


async def test_every_answer_tells_the_rate_limits(client: Client) -> None:
    answers = [await client.call("GET", path) for path in ("/user", "/user/vehicles/unknown", "/elsewhere")]
    assert [answer.status for answer in answers] == [200, 404, 404]
    left = [int(answer.headers["X-RateLimit-Remaining-1"]) for answer in answers]
    assert left == [left[0], left[0] - 1, left[0] - 2]
    assert all(int(answer.headers["X-RateLimit-Limit-1"]) > left[0] for answer in answers)
    assert all("X-RateLimit-Remaining-2" in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/elsewhere", 404), ("DELETE", "/user", 405), ("GET", "/user/vehicles/unknown/status", 404)],
)
async def test_what_is_not_there(client: Client, method: str, path: str, status: int) -> None:
    answer = await client.call(method, path)
    assert answer.status == status
    assert answer.json["code"] // 100 == status


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/user", [("extension", "branding")]),
        ("/user/vehicles", [("surplus", "1")]),
        ("/user/vehicles", [("pageSize", "0")]),
        ("/user/vehicles", [("pageSize", "61")]),
        ("/user/vehicles", [("pageSize", "1"), ("pageSize", "2")]),
        ("/user/vehicles", [("pageToken", "invented")]),
        ("/user/vehicles", [("pageToken", "2of60")]),
        ("/user/vehicles", [("extension", "odometer")]),
        ("/user/vehicles", [("extension", "branding"), ("extension", "branding")]),
        ("/user/vehicles", [("indexRange", "first")]),
        ("/user/callbacks", [("types", "Trip")]),
    ],
)
async def test_a_query_must_keep_to_the_contract(client: Client, path: str, query: Any) -> None:
    answer = await client.call("GET", path, query=query)
    assert answer.status == 400


async def test_reading_takes_no_body(client: Client) -> None:
    answer = await client.call("GET", "/user", {"surplus": True})
    assert answer.status == 400


async def test_vehicles(client: Client) -> None:
    answer = await client.call("GET", "/user/vehicles")
    assert answer.status == 200
    assert (answer.json["total"], answer.json["totalPage"], answer.json["currentPage"]) == (3, 1, 1)
    vehicles = answer.json["_embedded"]["vehicles"]
    assert [vehicle["motorization"] for vehicle in vehicles] == ["Electric", "Hybrid", "Thermic"]
    for vehicle in vehicles:
        assert len(vehicle["vin"]) == 17
        assert len(vehicle["id"]) > 60
        assert vehicle["vin"][-6:].lower() not in vehicle["id"][:60]
        assert "_embedded" not in vehicle
        assert links(vehicle)
        assert all(url.host != "127.0.0.1" for url in links(vehicle).values())


async def test_vehicles_come_in_pages(client: Client) -> None:
    seen = []
    query = [("pageSize", "2")]
    while True:
        page = (await client.call("GET", "/user/vehicles", query=query)).json
        seen += [vehicle["id"] for vehicle in page["_embedded"]["vehicles"]]
        if "next" not in page["_links"]:
            break
        query = [("pageToken", links(page)["next"].query["pageToken"])]
    assert seen == [car.id for car in client.account.cars]
    assert (page["totalPage"], page["currentPage"]) == (2, 2)
    assert links(page)["prev"] == links(page)["first"]


@pytest.mark.parametrize(
    ("forgetful", "status", "embedded"),
    [
        ("without_embedded", 200, "nothing"),
        ("empty", 200, {}),
        ("null", 200, {"vehicles": None}),
        ("no_content", 204, "nothing"),
    ],
)
async def test_vehicles_that_are_forgotten(
    simulator: Simulator, client: Client, forgetful: Forgetfulness, status: int, embedded: Any
) -> None:
    simulator.accounts["driver"].forgetful = forgetful
    answer = await client.call("GET", "/user/vehicles")
    assert answer.status == status
    assert (answer.json or {}).get("_embedded", "nothing") == embedded
    assert (await client.call("GET", f"/user/vehicles/{simulator.cars['electric'].id}/status")).status == 200


async def test_vehicles_that_are_not_found(simulator: Simulator, client: Client) -> None:
    simulator.accounts["driver"].forgetful = "not_found"
    answer = await client.call("GET", "/user/vehicles")
    assert answer.status == 404
    assert (answer.json["code"], answer.json["message"]) == (40400, "No vehicle found")


async def test_a_vehicle_that_the_list_lacks(simulator: Simulator, client: Client) -> None:
    car = simulator.cars["hybrid"]
    simulator.accounts["driver"].unlisted.add(car)
    vehicles = (await client.call("GET", "/user/vehicles")).json["_embedded"]["vehicles"]
    assert [vehicle["motorization"] for vehicle in vehicles] == ["Electric", "Thermic"]
    assert (await client.call("GET", f"/user/vehicles/{car.id}/status")).status == 200


async def test_extensions_that_are_refused(simulator: Simulator, client: Client) -> None:
    simulator.broken_extensions = {"onboardCapabilities": 500}
    simulator.extension_limit = 2
    names = ("onboardCapabilities", "branding", "pictures")
    for asked, status in ((names, 400), (names[:2], 500), (names[1:], 200), ((), 200)):
        query = [("extension", name) for name in asked]
        assert (await client.call("GET", "/user/vehicles", query=query)).status == status


async def test_capabilities_as_the_tutorial_describes_them(simulator: Simulator, client: Client) -> None:
    car = simulator.cars["electric"]
    car.tutorial_capabilities = True
    query = [("extension", "onboardCapabilities")]
    vehicle = (await client.call("GET", f"/user/vehicles/{car.id}", query=query)).json
    remote = vehicle["_embedded"]["extension"]["onboardCapabilities"]["remote"]
    assert remote.keys() == {"operation", "details"}
    assert "remote:door:write" in remote["operation"]
    assert remote["details"]["door"] == {"supported": True}
    assert remote["details"]["charging"].keys() == {"supported", "immediate", "schedule", "preferences"}


async def test_a_range_of_vehicles(client: Client) -> None:
    answer = await client.call("GET", "/user/vehicles", query=[("indexRange", "1-1")])
    assert [vehicle["motorization"] for vehicle in answer.json["_embedded"]["vehicles"]] == ["Hybrid"]


async def test_vehicles_with_a_vin_prefix(client: Client) -> None:
    car = client.account.cars[2]
    answer = await client.call("GET", "/user/vehicles", query=[("vinPrefix", car.vin[:12])])
    assert [vehicle["id"] for vehicle in answer.json["_embedded"]["vehicles"]] == [car.id]


async def test_extensions_come_when_asked_for(client: Client) -> None:
    query = [("extension", "onboardCapabilities"), ("extension", "branding"), ("extension", "pictures")]
    answer = await client.call("GET", "/user/vehicles", query=query)
    extensions = [vehicle["_embedded"]["extension"] for vehicle in answer.json["_embedded"]["vehicles"]]
    assert [extension["branding"]["brand"] for extension in extensions] == ["Peugeot"] * 3
    assert all(extension["pictures"] for extension in extensions)
    supported = [
        {remote for remote, can in extension["onboardCapabilities"]["remote"].items() if can["supported"]}
        for extension in extensions
    ]
    assert supported == [
        {"door", "horn", "lights", "charging", "preconditioning", "wakeup", "navigation"},
        {"door", "charging", "preconditioning", "wakeup"},
        {"door", "horn", "lights", "wakeup"},
    ]


async def test_a_car_may_say_nothing_of_its_capabilities(client: Client) -> None:
    car = client.account.cars[0]
    car.capabilities = None
    answer = await client.call("GET", f"/user/vehicles/{car.id}", query=[("extension", "onboardCapabilities")])
    assert answer.json["id"] == car.id
    assert "_embedded" not in answer.json


async def test_cars_come_and_go(client: Client, simulator: Simulator) -> None:
    gone = simulator.cars["hybrid"]
    client.account.cars.remove(gone)
    simulator.add_car(client.account, electric("new", "Peugeot", "e-2008"))
    answer = await client.call("GET", "/user/vehicles")
    ids = [vehicle["id"] for vehicle in answer.json["_embedded"]["vehicles"]]
    assert ids == [simulator.cars[name].id for name in ("electric", "combustion", "new")]
    assert (await client.call("GET", f"/user/vehicles/{gone.id}/status")).status == 403


async def test_another_accounts_car_is_forbidden(client: Client, browser: Browser, simulator: Simulator) -> None:
    car = simulator.cars["second"]
    assert (await client.call("GET", f"/user/vehicles/{car.id}")).status == 403
    assert (await make_client(browser, "family").call("GET", f"/user/vehicles/{car.id}")).status == 200


async def read_status(client: Client, name: str) -> dict[str, Any]:
    car = client.browser.simulator.cars[name]
    answer = await client.call("GET", f"/user/vehicles/{car.id}/status")
    assert answer.status == 200
    status: dict[str, Any] = answer.json
    return status


async def test_the_electric_cars_status_is_in_the_new_style(client: Client, simulator: Simulator) -> None:
    car = simulator.cars["electric"]
    car.open_doors = {"Trunk"}
    car.charging_status = "InProgress"
    status = await read_status(client, "electric")
    assert status["doorsState"]["lockedStates"] == ["Locked"]
    assert {"identifier": "Trunk", "state": "Open"} in status["doorsState"]["opening"]
    charging = status["energies"][0]["extension"]["electric"]["charging"]
    assert (charging["plugged"], charging["status"]) == (True, "InProgress")
    assert status["preconditioning"]["airConditioning"]["status"] == "Disabled"
    assert status["energy"][0]["charging"] == {key: charging[key] for key in status["energy"][0]["charging"]}
    assert status["preconditionning"] == status["preconditioning"]


async def test_the_hybrids_status_is_in_the_older_style(client: Client) -> None:
    status = await read_status(client, "hybrid")
    assert not {"energies", "preconditioning"} & status.keys()
    assert "Locked" in status["doorsState"]["lockedState"]
    assert {"identifier": "RoofWindow", "state": "Open"} in status["doorsState"]["opening"]
    assert [energy["type"] for energy in status["energy"]] == ["Fuel", "Electric"]
    assert status["energy"][1]["charging"]["status"] == "Disconnected"
    assert status["preconditionning"]["airConditioning"]["status"] == "Disabled"
    assert status["odometer"]["createdAt"] is None


async def test_the_combustion_cars_status_is_plain(client: Client) -> None:
    status = await read_status(client, "combustion")
    assert not {"lastPosition", "preconditioning", "preconditionning"} & status.keys()
    assert [energy["type"] for energy in status["energies"]] == ["Fuel"]
    assert status["doorsState"]["lockedStates"] == ["SuperLocked"]


@pytest.mark.parametrize(
    ("scopes", "shown", "hidden"),
    [
        (["data:telemetry"], "doorsState", "lastPosition"),
        (["data:position"], "lastPosition", "doorsState"),
    ],
)
async def test_scopes_decide_what_a_status_shows(browser: Browser, scopes: list[str], shown: str, hidden: str) -> None:
    status = await read_status(make_client(browser, "driver", *scopes), "electric")
    assert shown in status
    assert hidden not in status
    assert "createdAt" in status


async def test_a_status_wants_a_scope(browser: Browser, simulator: Simulator) -> None:
    client = make_client(browser, "driver", "remote:door:write")
    answer = await client.call("GET", f"/user/vehicles/{simulator.cars['electric'].id}/status")
    assert answer.status == 403


async def test_touching_gives_blocks_a_fresh_date(client: Client, simulator: Simulator) -> None:
    car = simulator.cars["electric"]
    before = await read_status(client, "electric")
    for block in car.dates:
        car.dates[block] = "2026-01-01T00:00:00Z"
    car.touch("doorsState")
    after = await read_status(client, "electric")
    assert after["doorsState"]["createdAt"] >= before["doorsState"]["createdAt"]
    assert after["createdAt"] == after["doorsState"]["createdAt"]
    assert after["kinetic"]["createdAt"] == "2026-01-01T00:00:00Z"
