"""The page on which a person handles the cars."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator import Car, Simulator
from simulator.cars.records import BreakIn, Levels, Trip
from simulator.page.acts import controls
from tests.helpers.browser import Answer, Browser, Client
from tests.helpers.vendor import make_grant
from tests.helpers.webhook import Webhook

TRIP = Trip(start=(2.0, 48.0), start_mileage=1000.0, before=Levels(62.0, None))


async def act(browser: Browser, car: str, action: str, value: str = "", **headers: str) -> Answer:
    url = f"{browser.simulator.garage_url}/{car}/{action}"
    return await browser.request("POST", url, params={"value": value} if value else {}, headers=headers)


async def read_cars(browser: Browser) -> dict[str, dict[str, Any]]:
    answer = await browser.request("GET", f"{browser.simulator.garage_url}/cars")
    assert answer.status == 200
    return {car["name"]: car for car in answer.json["cars"]}


async def test_the_page_needs_nothing_else(browser: Browser, simulator: Simulator) -> None:
    assert simulator.garage_url.startswith("http://127.0.0.1:")
    answer = await browser.request("GET", simulator.garage_url)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<script>" in answer.text
    assert not any(word in answer.text for word in ("src=", "@import", "https://", "<link"))


async def test_all_cars_are_shown(browser: Browser) -> None:
    cars = await read_cars(browser)
    assert {name: car["account"] for name, car in cars.items()} == {
        "electric": "driver",
        "hybrid": "driver",
        "combustion": "driver",
        "second": "family",
    }
    shown = cars["electric"]
    assert shown["title"] == "Peugeot e-208"
    assert (shown["locked"], shown["asleep"], shown["moving"]) == (True, True, False)
    assert (shown["level"], shown["plugged"], shown["charging"]) == (62.0, True, "Stopped")
    assert (shown["privacy"], shown["alerts"], shown["alarm"]) == ("None", [], None)
    assert shown["openings"].keys() > {"Driver", "Passenger", "Trunk"}
    assert not any(shown["openings"].values())
    assert [program["slot"] for program in shown["programs"]] == [1]
    assert (shown["chargingPrograms"], shown["chargingLevel"], shown["chargingType"]) == ([], "Level1", "Full")
    assert shown["destinations"] == []
    assert not any(shown[name] for name in ("lights", "honking", "immobilized", "stolen"))


# What is so before, the act, its value, and what is so then.
ACTS: list[tuple[dict[str, Any], str, str, Callable[[Car], bool]]] = [
    ({"locked": False}, "lock", "", lambda car: car.locked),
    ({}, "unlock", "", lambda car: not car.locked),
    ({}, "open", "Trunk", lambda car: car.open_doors == {"Trunk"}),
    ({"open_doors": {"Driver", "RoofWindow"}}, "close", "Driver", lambda car: car.open_doors == {"RoofWindow"}),
    ({"plugged": False}, "plug-in", "", lambda car: car.plugged),
    ({}, "unplug", "", lambda car: not car.plugged),
    ({}, "start-charging", "", lambda car: car.charging_status == "InProgress"),
    ({"charging_status": "InProgress"}, "stop-charging", "", lambda car: car.charging_status == "Stopped"),
    ({"charging_status": "Finished"}, "stop-charging", "", lambda car: car.charging_status == "Finished"),
    ({}, "drive-off", "", lambda car: car.moving and car.trip is not None),
    ({"moving": True}, "park", "", lambda car: not car.moving),
    ({}, "raise-alert", "RiskOfIce", lambda car: [alert.type for alert in car.active_alerts] == ["RiskOfIce"]),
    ({}, "raise-alert", "", lambda car: [alert.type for alert in car.active_alerts] == ["FuelLevelLow"]),
    ({}, "collide", "Rear", lambda car: [one.impacts[0].side for one in car.collisions] == ["Rear"]),
    ({}, "collide", "", lambda car: car.emergency_call == "Detected"),
    ({"emergency_call": "Detected"}, "end-emergency", "", lambda car: car.emergency_call == "NotDetected"),
    ({}, "privacy", "Full", lambda car: car.privacy == "Full"),
    ({}, "unfasten-belt", "Driver", lambda car: car.unfastened == {"Driver"}),
    ({"unfastened": {"Driver"}}, "fasten-belt", "Driver", lambda car: not car.unfastened),
    ({}, "break-in", "RoofBreakIn", lambda car: car.break_in is not None and car.break_in.type == "RoofBreakIn"),
    ({}, "precondition", "on", lambda car: car.preconditioning == "Enabled"),
    ({"preconditioning": "Enabled"}, "precondition", "off", lambda car: car.preconditioning == "Disabled"),
]


@pytest.mark.parametrize(("before", "action", "value", "done"), ACTS)
async def test_acts(
    browser: Browser,
    car: Car,
    before: dict[str, Any],
    action: str,
    value: str,
    done: Callable[[Car], bool],
) -> None:
    browser.simulator.speed = 1e-6
    for name, state in before.items():
        setattr(car, name, state)
    answer = await act(browser, "electric", action, value)
    assert (answer.status, answer.text) == (204, "")
    assert done(car)
    assert not car.asleep


async def test_alerts_are_cleared_one_or_all(browser: Browser, simulator: Simulator, car: Car) -> None:
    alerts = [simulator.garage.raise_alert(car) for _ in range(3)]
    await act(browser, "electric", "clear-alert", alerts[1].id)
    assert [alert.active for alert in alerts] == [True, False, True]
    await act(browser, "electric", "clear-alert")
    assert car.active_alerts == []


async def test_an_act_is_pushed(
    browser: Browser, client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    body = {
        "label": "mine",
        "triggerParam": {
            "triggers": [{"name": "a", "data": {"data": "vehicle.doorsState.opening", "op": "onChange"}}],
            "boolExp": "a",
        },
    }
    await client.call("POST", f"/user/vehicles/{car.id}/callbacks/{callback_id}/monitors", body)
    await act(browser, "electric", "open", "Trunk")
    await simulator.idle()
    assert len(webhook.seen) == 1
    assert (await read_cars(browser))["electric"]["openings"]["Trunk"] is True


@pytest.mark.parametrize(
    ("car", "action", "value", "status"),
    [
        ("unknown", "lock", "", 404),
        ("electric", "wash", "", 404),
        ("electric", "open", "", 400),
        ("electric", "open", "Bonnet", 400),
        ("hybrid", "open", "RoofWindow", 400),
        ("combustion", "plug-in", "", 400),
        ("combustion", "start-charging", "", 400),
        ("electric", "privacy", "Some", 400),
        ("electric", "raise-alert", "Bored", 400),
        ("electric", "break-in", "Nobody", 400),
        ("electric", "collide", "Above", 400),
        ("electric", "unfasten-belt", "Dog", 400),
    ],
)
async def test_what_cannot_be_done(browser: Browser, car: str, action: str, value: str, status: int) -> None:
    assert (await act(browser, car, action, value)).status == status


async def test_a_car_on_its_way_is_not_plugged_in(browser: Browser, simulator: Simulator, car: Car) -> None:
    simulator.garage.drive_off(car)
    for action in ("plug-in", "start-charging"):
        assert (await act(browser, "electric", action)).status == 400
    assert not car.plugged


async def test_other_sites_may_not_touch_the_cars(browser: Browser, simulator: Simulator, car: Car) -> None:
    port = simulator.garage_url.rpartition(":")[2].partition("/")[0]
    for origin in ("https://example.com", "null", "http://127.0.0.1:1", f"https://127.0.0.1:{port}"):
        assert (await act(browser, "electric", "unlock", Origin=origin)).status == 403
    rebound = f"example.com:{port}"
    assert (await act(browser, "electric", "unlock", Origin=f"http://{rebound}", Host=rebound)).status == 403
    assert car.locked
    assert (await act(browser, "electric", "unlock", Origin=f"http://127.0.0.1:{port}")).status == 204
    assert not car.locked


async def test_the_page_keeps_its_port(browser: Browser, simulator: Simulator) -> None:
    url = simulator.garage_url
    await simulator.stop()
    await simulator.start()
    assert simulator.garage_url == url
    assert (await read_cars(browser)).keys() == {"electric", "hybrid", "combustion", "second"}


async def test_the_sign_in_of_an_account_can_be_revoked(browser: Browser, simulator: Simulator) -> None:
    driver, family = simulator.accounts["driver"], simulator.accounts["family"]
    lost, kept = (make_grant(simulator, account.name, "data:telemetry") for account in (driver, family))

    assert (await act(browser, "electric", "revoke", Origin="https://example.com")).status == 403
    assert (await act(browser, "nobody", "revoke")).status == 404
    assert simulator.grants.by_refresh_token(lost.refresh_token)
    assert (await act(browser, "electric", "revoke")).status == 204

    assert simulator.grants.by_refresh_token(lost.refresh_token) is None
    assert simulator.grants.by_refresh_token(kept.refresh_token)


async def read_effect(browser: Browser, car: str, act: str) -> tuple[str, str]:
    seen = (await read_cars(browser))[car]["effects"][act]
    return seen["effect"], seen["why"]


@pytest.mark.parametrize(
    ("name", "before", "act", "effect", "why"),
    [
        ("electric", {}, "unlock", "read", ""),
        ("electric", {}, "lock", "nothing", ""),
        ("electric", {}, "close Trunk", "nothing", ""),
        ("electric", {"break_in": BreakIn("RoofBreakIn", "2026-01-01T00:00:00Z")}, "unlock", "read", ""),
        ("hybrid", {}, "unfasten-belt Driver", "unreported", ""),
        ("hybrid", {}, "break-in RoofBreakIn", "unreported", ""),
        ("hybrid", {}, "collide", "read", ""),
        ("hybrid", {}, "raise-alert", "read", ""),
        ("combustion", {}, "precondition on", "unreported", ""),
        ("combustion", {"trip": None}, "park", "nothing", ""),
        ("electric", {"trip": TRIP}, "park", "read", ""),
        ("electric", {"trip": TRIP}, "plug-in", "refused", "The e-208 is on its way."),
    ],
)
async def test_what_an_act_would_change(
    browser: Browser, simulator: Simulator, name: str, before: dict[str, Any], act: str, effect: str, why: str
) -> None:
    for attribute, state in before.items():
        setattr(simulator.cars[name], attribute, state)
    assert await read_effect(browser, name, act) == (effect, why)


async def test_it_is_told_whether_the_vendor_would_tell(
    browser: Browser, client: Client, webhook: Webhook, simulator: Simulator, callback_id: str, car: Car
) -> None:
    """Each act is foreseen, and done."""
    data = ("vehicle.doorsState.lockedState", "vehicle.doorsState.opening", "vehicle.alert", "privacy.state")
    triggers = [{"name": name, "data": {"data": one, "op": "onChange"}} for name, one in zip("abcd", data, strict=True)]
    body = {"label": "mine", "triggerParam": {"triggers": triggers, "boolExp": "a | b | c | d"}}
    assert not (await read_cars(browser))["electric"]["watched"]
    await client.call("POST", f"/user/vehicles/{car.id}/callbacks/{callback_id}/monitors", body)
    assert (await read_cars(browser))["electric"]["watched"]

    seen = {}
    for name, value in list(controls(car)):
        control = f"{name} {value}".strip()
        seen[control], _ = await read_effect(browser, "electric", control)
        told = len(webhook.seen)
        assert (await act(browser, "electric", name, value)).status == (400 if seen[control] == "refused" else 204)
        await simulator.idle()
        assert (len(webhook.seen) > told) is (seen[control] == "told"), control
    assert {"told", "read", "nothing"} == set(seen.values())
    assert seen["unlock"] == seen["open Trunk"] == seen["raise-alert"] == "told"
    assert seen["unfasten-belt Driver"] == seen["collide"] == "read"


async def test_an_account_is_told_apart_from_one_that_nobody_uses(
    browser: Browser, simulator: Simulator, callback_id: str
) -> None:
    async def read() -> dict[str, tuple[bool, bool]]:
        answer = await browser.request("GET", f"{simulator.garage_url}/cars")
        return {one["name"]: (one["allowed"], one["followed"]) for one in answer.json["accounts"]}

    assert await read() == {"driver": (True, True), "family": (False, False)}
    await act(browser, "electric", "revoke")
    assert await read() == {"driver": (False, True), "family": (False, False)}


async def test_the_vendor_can_stop_answering(browser: Browser, client: Client, simulator: Simulator) -> None:
    async def read() -> str:
        answer = await browser.request("GET", f"{simulator.garage_url}/cars")
        return str(answer.json["answers"])

    assert (await act(browser, "vendor", "answers", "not", Origin="https://example.com")).status == 403
    assert (await act(browser, "vendor", "answers", "louder")).status == 400
    assert await read() == "normally"
    for answers, status in (("not", 503), ("normally", 200), ("not", 503), ("slowly", None), ("normally", 200)):
        assert (await act(browser, "vendor", "answers", answers)).status == 204
        assert await read() == answers
        if status:
            assert (await client.call("GET", "/user/vehicles")).status == status


async def test_remarks_are_passed_on(browser: Browser, simulator: Simulator) -> None:
    simulator.remarks["open Trunk"] = "Nobody looks."
    answer = await browser.request("GET", f"{simulator.garage_url}/cars")
    assert answer.json["remarks"] == {"open Trunk": "Nobody looks."}
