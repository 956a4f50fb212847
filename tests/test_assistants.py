"""Google Assistant, Alexa and HomeKit, through Home Assistant's own components."""

from collections.abc import AsyncGenerator
from typing import Any, Final
from unittest.mock import MagicMock

from homeassistant.components.google_assistant import smart_home
from homeassistant.components.homekit.accessories import HomeAccessory, HomeDriver, get_accessory
from homeassistant.components.homekit.iidmanager import AccessoryIIDStorage
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Car

from .helpers.harness import Harness

ENTITIES: Final = {
    "doors": ("lock", "doors"),
    "charging": ("switch", "charging"),
    "preconditioning": ("climate", "preconditioning"),
    "level": ("sensor", "battery_level"),
}
PIN: Final = "2468"

type Json = dict[str, Any]


@pytest.fixture
async def exposed(hass: HomeAssistant, harness: Harness, car: Car) -> dict[str, str]:
    """Add the account; return the entity ids that are exposed to the assistants."""
    await harness.add_account()
    return {name: harness.entity_id(car, *entity) for name, entity in ENTITIES.items()}


class TestGoogleAssistant:
    """What Google asks for and commands."""

    @pytest.fixture(autouse=True)
    async def set_up(self, harness: Harness, exposed: dict[str, str], hass_client: ClientSessionGenerator) -> None:
        config = {
            "project_id": "house",
            "secure_devices_pin": PIN,
            "expose_by_default": False,
            "entity_config": {entity_id: {"expose": True} for entity_id in exposed.values()},
        }
        assert await async_setup_component(harness.hass, "google_assistant", {"google_assistant": config})
        await harness.hass.async_block_till_done()
        self.client = await hass_client()

    async def ask(self, intent: str, **payload: Any) -> Json:
        message = {"requestId": "1", "inputs": [{"intent": f"action.devices.{intent}", "payload": payload}]}
        async with self.client.post("/api/google_assistant", json=message) as answer:
            assert answer.status == 200
            answered: Json = (await answer.json())["payload"]
            return answered

    async def execute(self, entity_id: str, command: str, *, pin: str | None = None, **params: Any) -> Json:
        execution: Json = {"command": f"action.devices.commands.{command}", "params": params}
        if pin:
            execution["challenge"] = {"pin": pin}
        answer = await self.ask("EXECUTE", commands=[{"devices": [{"id": entity_id}], "execution": [execution]}])
        result: Json = answer["commands"][0]
        return result

    async def test_the_car_appears_with_types_and_names(self, exposed: dict[str, str]) -> None:
        """Home Assistant tells Google of no sensor of a battery."""
        devices = {device["id"]: device for device in (await self.ask("SYNC"))["devices"]}
        told = {
            name: (devices[entity_id]["type"].removeprefix("action.devices.types."), devices[entity_id]["name"]["name"])
            for name, entity_id in exposed.items()
            if entity_id in devices
        }
        assert told == {
            "doors": ("LOCK", "Peugeot e-208 Doors"),
            "charging": ("SWITCH", "Peugeot e-208 Charging"),
            "preconditioning": ("THERMOSTAT", "Peugeot e-208 Preconditioning"),
        }

    async def test_its_states_can_be_asked_for(self, exposed: dict[str, str]) -> None:
        states = (await self.ask("QUERY", devices=[{"id": entity_id} for entity_id in exposed.values()]))["devices"]
        assert states[exposed["doors"]]["isLocked"] is True
        assert states[exposed["charging"]]["on"] is False
        assert states[exposed["preconditioning"]]["thermostatMode"] == "off"

    async def test_unlocking_needs_the_pin(self, exposed: dict[str, str], car: Car) -> None:
        answer = await self.execute(exposed["doors"], "LockUnlock", lock=False)
        assert answer["challengeNeeded"]["type"] == "pinNeeded"
        answer = await self.execute(exposed["doors"], "LockUnlock", lock=False, pin="0000")
        assert answer["challengeNeeded"]["type"] == "challengeFailedPinNeeded"
        assert car.locked

    async def test_commands_reach_the_car(self, harness: Harness, exposed: dict[str, str], car: Car) -> None:
        assert (await self.execute(exposed["doors"], "LockUnlock", lock=False, pin=PIN))["status"] == "SUCCESS"
        await harness.settle()
        assert not car.locked
        assert (await self.execute(exposed["charging"], "OnOff", on=True))["status"] == "SUCCESS"
        await harness.settle()
        assert car.charging_status == "InProgress"
        preconditioning = exposed["preconditioning"]
        answer = await self.execute(preconditioning, "ThermostatSetMode", thermostatMode="heatcool")
        assert answer["status"] == "SUCCESS"
        await harness.settle()
        assert car.preconditioning

    async def test_a_failure_is_told_within_two_seconds(
        self, harness: Harness, exposed: dict[str, str], car: Car, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Google is told after two seconds that all is well, whatever comes later."""
        monkeypatch.setattr(smart_home, "EXECUTE_LIMIT", 60)  # a busy machine is no slow car
        harness.vendor.speed = float("inf")
        car.moving = True
        execution = {
            "command": "action.devices.commands.LockUnlock",
            "params": {"lock": False},
            "challenge": {"pin": PIN},
        }
        command = {"devices": [{"id": exposed["doors"]}], "execution": [execution]}
        assert await self.ask("EXECUTE", commands=[command]) == {"errorCode": "unknownError"}
        assert car.locked


class TestAlexa:
    """What Alexa discovers and directs."""

    @pytest.fixture(autouse=True)
    async def set_up(self, harness: Harness, exposed: dict[str, str], hass_client: ClientSessionGenerator) -> None:
        config = {"smart_home": {"filter": {"include_entities": list(exposed.values())}}}
        assert await async_setup_component(harness.hass, "alexa", {"alexa": config})
        self.client = await hass_client()

    async def direct(self, namespace: str, name: str, entity_id: str | None = None, **payload: Any) -> Json:
        directive: Json = {
            "header": {"namespace": f"Alexa{namespace}", "name": name, "messageId": "1", "payloadVersion": "3"},
            "payload": payload,
        }
        if entity_id:
            directive["header"]["correlationToken"] = "1"
            scope = {"type": "BearerToken", "token": "token"}
            directive["endpoint"] = {"scope": scope, "endpointId": entity_id.replace(".", "#"), "cookie": {}}
        async with self.client.post("/api/alexa/smart_home", json={"directive": directive}) as answer:
            assert answer.status == 200
            answered: Json = await answer.json()
            return answered

    async def test_the_car_appears_with_categories_and_names(self, exposed: dict[str, str]) -> None:
        """Home Assistant tells Alexa of no sensor of a battery."""
        answer = await self.direct(".Discovery", "Discover")
        endpoints = {endpoint["endpointId"]: endpoint for endpoint in answer["event"]["payload"]["endpoints"]}
        found = {
            name: (endpoint["displayCategories"], endpoint["friendlyName"])
            for name, entity_id in exposed.items()
            if (endpoint := endpoints.get(entity_id.replace(".", "#")))
        }
        assert found == {
            "doors": (["SMARTLOCK"], "Peugeot e-208 Doors"),
            "charging": (["SWITCH"], "Peugeot e-208 Charging"),
            "preconditioning": (["THERMOSTAT"], "Peugeot e-208 Preconditioning"),
        }

    async def test_its_states_can_be_asked_for(self, exposed: dict[str, str]) -> None:
        values: dict[tuple[str, str], Any] = {}
        for name in ("doors", "charging", "preconditioning"):
            answer = await self.direct("", "ReportState", exposed[name])
            values |= {(name, each["name"]): each["value"] for each in answer["context"]["properties"]}
        assert values["doors", "lockState"] == "LOCKED"
        assert values["charging", "powerState"] == "OFF"
        assert values["preconditioning", "thermostatMode"] == "OFF"

    async def test_commands_reach_the_car(self, harness: Harness, exposed: dict[str, str], car: Car) -> None:
        for namespace, name, entity in (
            (".LockController", "Unlock", "doors"),
            (".PowerController", "TurnOn", "charging"),
            (".PowerController", "TurnOn", "preconditioning"),
        ):
            answer = await self.direct(namespace, name, exposed[entity])
            assert answer["event"]["header"]["name"] == "Response"
            await harness.settle()
        assert (car.locked, car.charging_status, bool(car.preconditioning)) == (False, "InProgress", True)

    async def test_a_failure_shows_in_the_state(self, harness: Harness, exposed: dict[str, str], car: Car) -> None:
        """Home Assistant answers Alexa before the car has done anything."""
        car.moving = True
        answer = await self.direct(".LockController", "Unlock", exposed["doors"])
        assert answer["event"]["header"]["name"] == "Response"
        await harness.settle()
        answer = await self.direct("", "ReportState", exposed["doors"])
        assert {"LOCKED"} == {each["value"] for each in answer["context"]["properties"] if each["name"] == "lockState"}


class TestHomeKit:
    """The accessories of a bridge."""

    @pytest.fixture(autouse=True)
    async def set_up(self, harness: Harness, exposed: dict[str, str]) -> AsyncGenerator[None]:
        hass = harness.hass
        storage = AccessoryIIDStorage(hass, "")
        await storage.async_initialize()
        zeroconf = MagicMock()
        self.driver = HomeDriver(
            hass,
            entry_id="",
            bridge_name="House",
            entry_title="House",
            iid_storage=storage,
            address="127.0.0.1",
            loop=hass.loop,
            async_zeroconf_instance=zeroconf,
            persist_file=hass.config.path("homekit.state"),
        )
        self.accessories: dict[str, HomeAccessory] = {}
        for number, (name, entity_id) in enumerate(exposed.items(), 2):
            state = hass.states.get(entity_id)
            assert state
            config = {"linked_battery_sensor": exposed["level"]} if name == "doors" else {}
            if accessory := get_accessory(hass, self.driver, state, number, config):
                accessory.run()
                self.accessories[name] = accessory
        await hass.async_block_till_done()
        yield
        for accessory in self.accessories.values():
            await accessory.stop()

    def value(self, name: str, service: str, characteristic: str) -> Any:
        return self.accessories[name].get_service(service).get_characteristic(characteristic).value

    def turn(self, name: str, service: str, characteristic: str, value: object) -> None:
        """Do what the home app does."""
        self.accessories[name].get_service(service).get_characteristic(characteristic).client_update_value(value)

    async def test_the_car_appears_with_types_and_names(self) -> None:
        """A sensor of a battery is no accessory of its own: it is linked to the lock."""
        assert {name: (type(each).__name__, each.display_name) for name, each in self.accessories.items()} == {
            "doors": ("Lock", "Peugeot e-208 Doors"),
            "charging": ("Switch", "Peugeot e-208 Charging"),
            "preconditioning": ("Thermostat", "Peugeot e-208 Preconditioning"),
        }
        assert self.value("doors", "LockMechanism", "LockCurrentState") == 1
        assert self.value("doors", "BatteryService", "BatteryLevel") == 62
        assert self.value("charging", "Switch", "On") is False
        assert self.value("preconditioning", "Thermostat", "TargetHeatingCoolingState") == 0

    async def test_commands_reach_the_car(self, harness: Harness, car: Car) -> None:
        self.turn("doors", "LockMechanism", "LockTargetState", 0)
        await harness.settle()
        assert not car.locked
        self.turn("charging", "Switch", "On", value=True)
        await harness.settle()
        assert car.charging_status == "InProgress"
        thermostat = self.accessories["preconditioning"].get_service("Thermostat")
        thermostat.setter_callback({"TargetHeatingCoolingState": 3})
        await harness.settle()
        assert car.preconditioning

    async def test_a_failure_shows_in_the_state(self, harness: Harness, car: Car) -> None:
        car.moving = True
        self.turn("doors", "LockMechanism", "LockTargetState", 0)
        await harness.settle()
        assert car.locked
        assert self.value("doors", "LockMechanism", "LockTargetState") == 1
        assert self.value("doors", "LockMechanism", "LockCurrentState") == 1
