"""Cars that live: they charge and drive, and the API tells of their trips, alerts and maintenance."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image
import pytest
from yarl import URL

from simulator import Car, Simulator
from tests.helpers.browser import Answer, Browser, Client, make_client


async def read(client: Client, car: Car, what: str, *query: tuple[str, str]) -> Answer:
    return await client.call("GET", f"/user/vehicles/{car.id}/{what}", query=query)


async def read_all(
    client: Client, car: Car, what: str, *query: tuple[str, str], key: str | None = None
) -> list[dict[str, Any]]:
    answer = await read(client, car, what, *query)
    assert answer.status == 200, answer.text
    items: list[dict[str, Any]] = answer.json["_embedded"][key or what]
    return items


async def read_charging(client: Client, car: Car) -> dict[str, Any]:
    energies = (await read(client, car, "status")).json["energies"]
    charging: dict[str, Any] = energies[0]["extension"]["electric"]["charging"]
    return charging


# Charging.


async def test_a_charge_to_the_end(client: Client, simulator: Simulator, car: Car) -> None:
    levels: list[float] = []

    def look() -> bool:
        levels.append(car.battery_level or 0.0)
        return car.charging_status == "Finished"

    simulator.speed = 50_000
    car.battery_level = 70.0
    simulator.garage.start_charging(car)
    await simulator.wait_for_report(look)
    assert levels[0] == 70.0
    assert levels == sorted(levels)
    assert levels[-1] == 100.0
    charging = await read_charging(client, car)
    assert (charging["status"], charging["chargingRate"], charging["remainingTime"]) == ("Finished", 0, "PT0S")


async def test_no_charging_rate_is_higher_than_the_contract_allows(
    client: Client, simulator: Simulator, car: Car
) -> None:
    simulator.speed = 1e-6
    car.battery_level, car.charging_power = 50.0, 300_000.0
    simulator.garage.start_charging(car)
    assert (await read_charging(client, car))["chargingRate"] == 500


async def test_a_battery_takes_less_once_it_is_nearly_full(client: Client, simulator: Simulator, car: Car) -> None:
    simulator.speed = 1e-6
    car.battery_level = 79.0
    simulator.garage.start_charging(car)
    before = await read_charging(client, car)
    car.battery_level = 81.0
    after = await read_charging(client, car)
    assert before["chargingRate"] > after["chargingRate"] > 0
    assert before["remainingTime"] == "PT2H33M"
    assert after["remainingTime"] == "PT2H22M"


@pytest.mark.parametrize(("delayed", "status"), [("PT0S", "InProgress"), ("PT22H30M", "Stopped")])
async def test_a_delayed_charge_waits(simulator: Simulator, car: Car, delayed: str, status: str) -> None:
    simulator.garage.unplug(car)
    assert (car.plugged, car.charging_status) == (False, "Disconnected")
    car.next_delayed = delayed
    simulator.garage.plug_in(car)
    assert (car.plugged, car.charging_status) == (True, status)


async def test_a_remote_delays_the_charge(client: Client, simulator: Simulator, callback_id: str, car: Car) -> None:
    delay = {"charging": {"schedule": {"nextDelayedTime": "2026-11-01T06:15:00Z"}}}
    await client.send(car, callback_id, delay)
    await simulator.idle()
    assert (await read_charging(client, car))["nextDelayedTime"] == "PT6H15M"


async def test_a_remote_starts_a_charge_that_goes_on(
    client: Client, simulator: Simulator, callback_id: str, car: Car
) -> None:
    await client.send(car, callback_id, {"charging": {"immediate": True}})
    await simulator.idle()
    level = car.battery_level or 0.0
    await simulator.wait_for_report(lambda: level < (car.battery_level or 0.0) < level + 5)


async def test_a_charge_goes_on_after_a_restart(simulator: Simulator, car: Car) -> None:
    simulator.garage.start_charging(car)
    await simulator.stop()
    level = car.battery_level
    await simulator.start()
    await simulator.wait_for_report(lambda: car.battery_level != level)
    assert car.charging_status == "InProgress"


async def test_without_time_nothing_goes_on(simulator: Simulator, car: Car) -> None:
    simulator.speed = float("inf")
    simulator.garage.start_charging(car)
    await simulator.clock.sleep(1)
    assert (car.battery_level, car.charging_status) == (62.0, "InProgress")


# Driving.


async def drive(simulator: Simulator, car: Car, distance: float) -> None:
    simulator.garage.drive_off(car)
    await simulator.wait_for_report(lambda: car.trip is not None and car.trip.distance >= distance)
    simulator.garage.park(car)


async def test_a_drive(client: Client, simulator: Simulator, car: Car) -> None:
    start, level = car.position, car.battery_level
    simulator.speed = 1e-6
    simulator.garage.drive_off(car)
    status = (await read(client, car, "status")).json
    assert status["kinetic"]["moving"] is True
    assert status["kinetic"]["speed"] > 0
    assert status["powertrain"]["status"] == "Running"
    assert status["ignition"]["type"] == "Start"
    [pending] = await read_all(client, car, "trips")
    assert pending["done"] is False
    assert not {"stoppedAt", "endEnergies", "energyConsumptions"} & pending.keys()

    simulator.speed = 5000
    await drive(simulator, car, 2.0)
    status = (await read(client, car, "status")).json
    assert status["kinetic"]["moving"] is False
    assert "speed" not in status["kinetic"]
    assert status["powertrain"]["status"] == "Stopped"
    assert status["ignition"]["type"] == "Stop"
    assert (car.locked, car.plugged, car.charging_status) == (False, False, "Disconnected")

    [trip] = await read_all(client, car, "trips")
    assert trip["id"] == pending["id"]
    assert trip["done"] is True
    assert trip["stoppedAt"] >= trip["startedAt"]
    assert trip["distance"] >= 2.0
    assert 20 < trip["distance"] / trip["duration"] * 3600 < 90
    assert trip["startMileage"] == 12345.6
    assert status["odometer"]["mileage"] == pytest.approx(12345.6 + trip["distance"], abs=0.2)
    assert trip["startPosition"]["geometry"]["coordinates"] == list(start)
    assert trip["stopPosition"]["geometry"]["coordinates"] == list(car.position)
    assert [energy["level"] for energy in trip["startEnergies"]] == [level]
    assert trip["endEnergies"][0]["level"] < 62.0
    [consumption] = trip["energyConsumptions"]
    assert consumption["type"] == "Electric"
    assert consumption["consumption"] == pytest.approx(car.battery_capacity / 1000 * trip["distance"] / 320, abs=0.05)
    assert 100 * 100 < consumption["avgConsumption"] < 200 * 100


async def test_fuel_is_burnt(client: Client, simulator: Simulator) -> None:
    simulator.speed = 5000
    car = simulator.cars["combustion"]
    await drive(simulator, car, 3.0)
    assert car.fuel_level
    assert car.fuel_level < 55.0
    [trip] = await read_all(client, car, "trips")
    [consumption] = trip["energyConsumptions"]
    assert (consumption["type"], consumption["consumption"] > 0.1) == ("Fuel", True)
    assert 400 < consumption["avgConsumption"] < 900


async def test_a_car_stops_when_nothing_is_left(simulator: Simulator, car: Car) -> None:
    simulator.speed = 5000
    car.battery_level = 0.6
    simulator.garage.drive_off(car)
    await simulator.wait_for_report(lambda: not car.moving)
    assert car.trip is None
    assert car.trips[0].ended_at


async def test_trips_are_listed_oldest_first(client: Client, browser: Browser, simulator: Simulator, car: Car) -> None:
    simulator.speed = 5000
    for _ in range(2):
        await drive(simulator, car, 0.5)
    first, second = car.trips
    first.ended_at = "2026-01-01T12:00:00Z"
    assert [trip["id"] for trip in await read_all(client, car, "trips")] == [first.id, second.id]
    assert second.start == first.stop
    for query, expected in (
        (("indexRange", "1-1"), [second]),
        (("pageSize", "1"), [first]),
        (("pageToken", "2of1"), [second]),
        (("timestamps", "2026-01-02T00:00:00Z/"), [second]),
        (("timestamps", "/2026-01-02T00:00:00Z"), [first]),
        (("timestamps", "2026-01-01T00:00:00Z/P1D"), [first]),
        (("timestamps", "2026-01-01T12:30:00+01:00/2026-01-01T13:30:00+01:00"), [first]),
        (("timestamps", "2026-01-01T00:00:00Z/PT1H"), []),
    ):
        assert [trip["id"] for trip in await read_all(client, car, "trips", query)] == [trip.id for trip in expected]
    both = [("timestamps", "/2026-01-02T00:00:00Z"), ("timestamps", "2026-01-02T00:00:00Z/")]
    assert len(await read_all(client, car, "trips", *both)) == 2
    scoped = await read_all(make_client(browser, "driver", "data:trip"), car, "trips")
    assert not {"startPosition", "stopPosition"} & scoped[0].keys()


@pytest.mark.parametrize("what", ["trips", "alerts"])
@pytest.mark.parametrize("span", ["today", "2026-01-02", "/", "2026-01-02T00:00:00Z/P", "2026-13-02T00:00:00Z/"])
async def test_a_range_of_time_must_be_one(
    client: Client, simulator: Simulator, car: Car, what: str, span: str
) -> None:
    simulator.garage.raise_alert(car)
    simulator.garage.drive_off(car)
    assert (await read(client, car, what, ("timestamps", span))).status == 400


# Alerts and maintenance.


async def test_alerts_are_listed_newest_first(client: Client, simulator: Simulator, car: Car) -> None:
    assert await read_all(client, car, "alerts") == []
    low = simulator.garage.raise_alert(car, "FuelLevelLow", "Information")
    simulator.garage.raise_alert(car, "RiskOfIce", "Critical")
    simulator.garage.clear_alert(car, low)
    alerts = await read_all(client, car, "alerts")
    assert [(one["type"], one["severity"], one["active"]) for one in alerts] == [
        ("RiskOfIce", "Critical", True),
        ("FuelLevelLow", "Information", False),
    ]
    assert alerts[1]["endAt"] >= alerts[1]["startedAt"]
    assert "endAt" not in alerts[0]
    [second] = await read_all(client, car, "alerts", ("indexRange", "1-"))
    assert second["id"] == low.id


async def test_collisions_are_listed_newest_first(client: Client, simulator: Simulator, car: Car) -> None:
    assert await read_all(client, car, "collisions", key="Collisions") == []
    bump = simulator.garage.collide(car, "Rear", "Minimal")
    assert (await read(client, car, "status")).json["safety"]["autoECallTriggering"] == "NotDetected"
    simulator.garage.collide(car, "Lateral", "Major", tipped_over=True, pedestrian=False)
    assert (await read(client, car, "status")).json["safety"]["autoECallTriggering"] == "Detected"
    crash, first = await read_all(client, car, "collisions", key="Collisions")
    assert crash["details"] == [{"side": "Lateral", "severity": "Major"}]
    assert (crash["tippedOver"], crash["pedestrian"]) == (True, False)
    assert first["id"] == bump.id
    assert not {"tippedOver", "pedestrian"} & first.keys()
    assert (await read(client, car, f"collisions/{bump.id}")).json == first
    assert (await read(client, car, "collisions/none")).status == 404


async def test_maintenance(client: Client, simulator: Simulator, car: Car) -> None:
    answer = await read(client, car, "maintenance")
    assert answer.status == 200
    assert answer.json["daysBeforeMaintenance"] == 210
    assert answer.json["mileageBeforeMaintenance"] == 12345.0
    missing = await read(client, simulator.cars["hybrid"], "maintenance")
    assert (missing.status, missing.json["code"]) == (404, 40400)


@pytest.mark.parametrize(
    ("what", "scope"),
    [
        ("maintenance", "data:telemetry"),
        ("alerts", "data:alert"),
        ("collisions", "data:collision"),
        ("trips", "data:trip"),
    ],
)
async def test_what_else_there_is_to_read_needs_its_scope(browser: Browser, car: Car, what: str, scope: str) -> None:
    assert (await read(make_client(browser, "driver", scope), car, what)).status == 200
    others = {"data:telemetry", "data:alert", "data:trip", "data:position"} - {scope}
    assert (await read(make_client(browser, "driver", *others), car, what)).status == 403


# Reports.


@pytest.mark.parametrize("state", ["Geolocation", "Full"])
async def test_privacy_hides_the_position(client: Client, simulator: Simulator, car: Car, state: str) -> None:
    assert "lastPosition" in (await read(client, car, "status")).json
    simulator.garage.set_privacy(car, state)
    status = (await read(client, car, "status")).json
    assert status["privacy"]["state"] == state
    assert "lastPosition" not in status


async def test_what_a_modern_car_says_of_itself(client: Client, simulator: Simulator, car: Car) -> None:
    simulator.garage.open(car, "RearWindow")
    simulator.garage.unfasten_belt(car, "Passenger")
    simulator.garage.break_in(car, "TrunkDoorBreakIn")
    status = (await read(client, car, "status")).json
    assert {"identifier": "RearWindow", "state": "Open"} in status["doorsState"]["opening"]
    assert status["safety"]["beltStatus"] == [
        {"id": "Driver", "belt": "Normal"},
        {"id": "Passenger", "belt": "Omission"},
    ]
    assert status["alarm"]["status"]["activation"] == "Active"
    assert status["alarm"]["trigger"]["type"] == "TrunkDoorBreakIn"
    assert status["drivingBehavior"]["mode"] == "Normal"
    assert status["powertrain"]["status"] == "Stopped"
    assert status["environment"]["luminosity"]["day"] is True
    simulator.garage.unlock(car)
    alarm = (await read(client, car, "status")).json["alarm"]
    assert (alarm["status"]["activation"], "trigger" in alarm) == ("Inactive", False)


async def test_what_a_modern_car_says_of_its_lamps(client: Client, simulator: Simulator, car: Car) -> None:
    garage = simulator.garage
    garage.switch_lamp(car, "turn", "Left", on=True)
    garage.switch_lamp(car, "fog", "Rear", on=True)
    garage.switch_lamp(car, "fog", "Rear", on=False)
    garage.set_daylight(car, bright=False)
    status = (await read(client, car, "status")).json
    lamps = status["lightingSystem"]
    assert lamps["turn"] == [{"direction": "Left", "status": "On"}, {"direction": "Right", "status": "Off"}]
    assert lamps["fog"] == [{"position": "Front", "status": "Off"}, {"position": "Rear", "status": "Off"}]
    assert status["environment"]["luminosity"]["day"] is False
    with pytest.raises(ValueError, match="no lamp"):
        garage.switch_lamp(car, "turn", "Rear", on=True)


async def test_what_a_thermic_engine_says_of_itself(client: Client, simulator: Simulator) -> None:
    hybrid, thermic = simulator.cars["hybrid"], simulator.cars["combustion"]
    for running, speed in ((False, 0.0), (True, 1800.0)):
        (simulator.garage.drive_off if running else simulator.garage.park)(hybrid)
        [engine] = (await read(client, hybrid, "status")).json["engines"]
        assert engine["speed"] == speed
        assert engine["extension"]["thermic"]["oil"] == {"temp": 67.0, "level": 75}
    for moving, instant in ((False, 0.0), (True, 6.3)):
        (simulator.garage.drive_off if moving else simulator.garage.park)(thermic)
        [energy] = (await read(client, thermic, "status")).json["energies"]
        assert energy["extension"]["fuel"]["consumptions"] == {"total": 77600.91, "instant": instant}


async def test_what_began_the_preconditioning(client: Client, simulator: Simulator, car: Car) -> None:
    for on, expected in ((True, "Immediate"), (False, None)):
        simulator.garage.precondition(car, on=on)
        air = (await read(client, car, "status")).json["preconditioning"]["airConditioning"]
        assert air.get("startingCause") == expected


@pytest.mark.parametrize("ahead", [timedelta(hours=-1), timedelta(hours=1)])
async def test_a_car_dates_its_reports_by_its_own_clock(
    client: Client, simulator: Simulator, car: Car, ahead: timedelta
) -> None:
    car.clock_ahead = ahead
    simulator.garage.unlock(car)
    simulator.garage.break_in(car)
    simulator.garage.drive_off(car)
    simulator.garage.park(car)
    doors = (await read(client, car, "status")).json["doorsState"]
    [trip] = await read_all(client, car, "trips")
    for date in (doors["createdAt"], trip["startedAt"], trip["stoppedAt"]):
        assert abs(datetime.fromisoformat(date) - datetime.now(UTC) - ahead) < timedelta(minutes=10)


async def test_a_car_may_contradict_itself(client: Client, simulator: Simulator, car: Car) -> None:
    car.unlocked_parts = ("CargoDoorsUnlocked",)
    car.battery_level, car.reported_level = 0.0, 100.0
    status = (await read(client, car, "status")).json
    assert status["doorsState"]["lockedStates"] == ["Locked", "CargoDoorsUnlocked"]
    for energy in (status["energies"][0], status["energy"][0]):
        assert (energy["level"], energy["autonomy"]) == (100.0, 0)


async def test_a_consumption_may_be_in_the_finer_unit(client: Client, simulator: Simulator) -> None:
    hybrid = simulator.cars["hybrid"]
    hybrid.battery_level, hybrid.fine_consumption = 50.0, True
    simulator.garage.drive_off(hybrid)
    await simulator.wait_for_report(lambda: hybrid.trip is not None and hybrid.trip.distance > 1)
    simulator.garage.park(hybrid)
    [trip] = await read_all(client, hybrid, "trips")
    electric = next(energy for energy in trip["energyConsumptions"] if energy["type"] == "Electric")
    assert electric["consumption"] * 100 / hybrid.trips[0].distance == pytest.approx(
        electric["avgConsumption"], abs=0.1
    )


async def test_an_older_car_dates_its_reports_otherwise(client: Client, simulator: Simulator) -> None:
    status = (await read(client, simulator.cars["hybrid"], "status")).json
    assert status["timed.odometer"] == status["odometer"] == {"createdAt": None, "mileage": 12345.6}
    blocks = [*status["energy"], status["preconditionning"]["airConditioning"], status["lastPosition"]["properties"]]
    assert all("updatedAt" in block and "createdAt" not in block for block in blocks)


async def test_a_car_that_was_touched_falls_asleep_but_not_on_the_road(simulator: Simulator, car: Car) -> None:
    simulator.speed = 5000
    simulator.garage.unlock(car)
    awake = not car.asleep
    await simulator.clock.sleep(200)
    assert (awake, car.asleep, car.wake_ups) == (True, True, 0)
    simulator.garage.drive_off(car)
    await simulator.clock.sleep(400)
    assert not car.asleep
    simulator.garage.park(car)
    await simulator.clock.sleep(200)
    assert car.asleep


# Pictures.


async def test_pictures_are_there_for_everybody(client: Client, browser: Browser, simulator: Simulator) -> None:
    answer = await client.call("GET", "/user/vehicles", query=[("extension", "pictures")])
    pictures = []
    for vehicle in answer.json["_embedded"]["vehicles"]:
        assert vehicle["pictures"] == vehicle["_embedded"]["extension"]["pictures"]
        url = URL(vehicle["pictures"][0])
        assert (url.origin(), url.query["view"]) == (URL(simulator.oauth_url).origin(), "001")
        for address in vehicle["pictures"]:
            async with browser.session.get(address, ssl=browser.context) as response:
                assert (response.status, response.content_type) == (200, "image/png")
                content = await response.read()
            with Image.open(BytesIO(content)) as picture:
                assert picture.format == "PNG"
                pictures.append(content)
    assert len(set(pictures)) == 6
    missing = await browser.request("GET", f"{simulator.oauth_origin}/pictures/unknown.png")
    assert missing.status == 404
