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

FLOW = "/api/config/config_entries/flow"
FORM = {
    "brand": "peugeot",
    "client_id": "a client",
    "client_secret": "a secret",
    "scopes": ["all"],
    "delivery": "polling",
    "advanced": {"scope_separator": "comma"},
}

type Person = TestClient[Any, Any]


@pytest.fixture
async def settings(hass: HomeAssistant) -> None:
    """Set up the settings before the server starts, which then takes no more pages."""
    for component in ("auth", "config", "file_upload", "webhook"):
        assert await async_setup_component(hass, component, {})


async def post(person: Person, path: str, content: dict[str, Any], accepted: str) -> dict[str, Any]:
    async with person.post(path, json=content, headers={"Accept-Language": accepted}) as answer:
        assert answer.status == 200, await answer.text()
        step: dict[str, Any] = await answer.json()
        return step


def every_scope(fields: list[dict[str, Any]]) -> Any:
    """Return how the form calls all scopes."""
    [scopes] = [field for field in fields if field["name"] == "scopes"]
    return scopes["selector"]["select"]["options"][0]["label"]


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("accepted", "profile", "everything", "kept"),
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
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_admin_user: User,
    accepted: str,
    profile: dict[str, Any] | None,
    everything: str,
    kept: str,
) -> None:
    if profile is not None:
        await (await async_user_store(hass, hass_admin_user.id)).async_set_item("language", profile)
    person = await hass_client()

    step = await post(person, FLOW, {"handler": DOMAIN}, accepted)
    assert every_scope(step["data_schema"]) == everything

    step = await post(person, f"{FLOW}/{step['flow_id']}", FORM, accepted)
    assert step["errors"] == {"certificate_file": "certificate_needed", "delivery": "see_above"}
    assert step["description_placeholders"]["kept"].endswith(f": {kept}.")


async def test_without_a_request_the_form_is_in_home_assistants_language(hass: HomeAssistant) -> None:
    hass.config.language = "de"
    flow = await hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})
    assert flow["data_schema"]
    [scopes] = [kind for name, kind in flow["data_schema"].schema.items() if name == "scopes"]
    assert scopes.config["options"][0]["label"] == "Alle"
