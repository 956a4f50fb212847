"""The language of the form for an account: of whoever looks at it, which need not be Home Assistant's own."""

from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.auth.models import User
from homeassistant.components.frontend.storage import async_user_store
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellantis.const import DOMAIN

from .helpers.harness import Harness

FLOW = "/api/config/config_entries/flow"

type Person = TestClient[Any, Any]


@pytest.fixture
async def settings(hass: HomeAssistant) -> None:
    """Set up the settings before the harness starts its server, which then takes no more pages."""
    assert await async_setup_component(hass, "config", {})


async def post(person: Person, path: str, content: dict[str, Any], accepted: str) -> dict[str, Any]:
    async with person.post(path, json=content, headers={"Accept-Language": accepted}) as answer:
        assert answer.status == 200, await answer.text()
        step: dict[str, Any] = await answer.json()
        return step


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("accepted", "profile", "every_scope", "kept"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", None, "Alle", "Client-Secret"),
        ("xx, de;q=0.5", {}, "Alle", "Client-Secret"),
        ("en-GB", {"language": "de"}, "Alle", "Client-Secret"),
        ("de", {"language": "en"}, "All", "Client secret"),
        ("de", {"language": None}, "Alle", "Client-Secret"),
        ("", None, "All", "Client secret"),
        ("xx", None, "All", "Client secret"),
    ],
)
async def test_the_form_is_in_the_language_of_the_profile_or_the_browser(
    harness: Harness,
    hass_client: ClientSessionGenerator,
    hass_admin_user: User,
    accepted: str,
    profile: dict[str, Any] | None,
    every_scope: str,
    kept: str,
) -> None:
    if profile is not None:
        await (await async_user_store(harness.hass, hass_admin_user.id)).async_set_item("language", profile)
    person = await hass_client()

    step = await post(person, FLOW, {"handler": DOMAIN}, accepted)
    [scopes] = [field for field in step["data_schema"] if field["name"] == "scopes"]
    assert scopes["selector"]["select"]["options"][0] == {"value": "all", "label": every_scope}

    step = await post(person, f"{FLOW}/{step['flow_id']}", harness.form(client_id=" "), accepted)
    assert step["errors"] == {"client_id": "required"}
    assert step["description_placeholders"]["kept"].endswith(f": {kept}.")
