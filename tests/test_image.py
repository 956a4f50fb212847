"""The vendor's picture of a car."""

from homeassistant.helpers import entity_registry as er
import httpx
import pytest
import respx

from custom_components.stellantis.image import RETRY_INTERVAL
from simulator import Car, Fault

from .helpers.harness import Harness

PNG = b"\x89PNG picture"


def hang_up(harness: Harness, car: Car, *names: str) -> list[str]:
    """Let the vendor have these pictures of a car; returns their addresses."""
    pictures = [f"https://pictures.example.com/{name}.png?view=001" for name in names]
    vehicle = {"id": car.id, "vin": car.vin, "brand": car.brand, "pictures": pictures}
    harness.vendor.faults.clear()
    harness.vendor.faults.add(
        Fault(method="GET", path="*/vehicles", body={"_embedded": {"vehicles": [vehicle]}}, times=None)
    )
    return pictures


async def look(harness: Harness, car: Car) -> tuple[int, bytes]:
    """Look at the picture as a dashboard does."""
    url = harness.state(car, "image", "picture").attributes["entity_picture"]
    async with harness.browser.get(url) as answer:
        return answer.status, await answer.read()


async def test_the_picture_is_fetched_when_somebody_looks_and_once(
    harness: Harness, car: Car, respx_mock: respx.MockRouter
) -> None:
    address, _ = hang_up(harness, car, "front", "rear")
    route = respx_mock.get(address).respond(content=PNG, content_type="image/png")
    await harness.add_account()
    assert not route.called
    assert [await look(harness, car) for _ in range(2)] == [(200, PNG)] * 2
    assert route.call_count == 1


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(404),
        httpx.Response(200, text="<html>", headers={"content-type": "text/html"}),
        httpx.ConnectError("no"),
    ],
    ids=["not found", "no image", "no connection"],
)
async def test_a_picture_that_cannot_be_had_is_an_error_once(
    harness: Harness,
    car: Car,
    respx_mock: respx.MockRouter,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    failure: httpx.Response | httpx.ConnectError,
) -> None:
    [address] = hang_up(harness, car, "front")
    route = respx_mock.get(address).mock(side_effect=[failure, httpx.Response(200, content=PNG)])
    await harness.add_account()
    assert [(await look(harness, car))[0] for _ in range(3)] == [500] * 3
    assert route.call_count == 1
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1
    monkeypatch.setattr("custom_components.stellantis.image.RETRY_INTERVAL", -RETRY_INTERVAL)
    assert await look(harness, car) == (200, PNG)


async def test_another_picture_is_a_change(harness: Harness, car: Car, respx_mock: respx.MockRouter) -> None:
    for name, content in (("front", PNG), ("repainted", b"other")):
        [address] = hang_up(harness, car, name)
        respx_mock.get(address).respond(content=content, content_type="image/png")
    hang_up(harness, car, "front")
    await harness.add_account()
    before = harness.state(car, "image", "picture").state
    assert await look(harness, car) == (200, PNG)
    hang_up(harness, car, "repainted")
    await harness.pass_time(hours=25)
    car.mileage += 1
    car.touch()
    await harness.pass_time(hours=50)
    assert harness.state(car, "image", "picture").state > before
    assert await look(harness, car) == (200, b"other")
    # The API is known to forget for a while.
    hang_up(harness, car)
    await harness.pass_time(hours=75)
    assert await look(harness, car) == (200, b"other")


async def test_a_car_without_a_picture_has_none(harness: Harness, car: Car) -> None:
    hang_up(harness, car)
    await harness.add_account()
    assert er.async_get(harness.hass).async_get_entity_id("image", "stellantis", f"{car.vin}_picture") is None
