"""Adds an account to Home Assistant through the config flow and the vendor's consent page."""

from collections.abc import Iterator
from http import HTTPStatus
import json
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from simulator import Simulator

from .client import HomeAssistantClient
from .configuration import DOMAIN, ROOT
from .errors import DemoError
from .way import Way

FLOW = "/api/config/config_entries/flow"
FIREBASE = "firebase"
TRANSLATIONS = ROOT / "custom_components" / DOMAIN / "translations" / "en.json"


def make_form(simulator: Simulator, brand: str, config: Path, way: Way) -> dict[str, dict[str, Any]]:
    """Make the input of each step of the config flow, with the credentials of the simulator's app for a brand."""
    app = next(app for app in simulator.apps.values() if app.brand == brand)
    certificates = simulator.certificates
    form = {
        "brand": brand,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "certificate_path": f"{certificates.client_certificate.relative_to(config)}",
        "private_key_path": f"{certificates.client_key.relative_to(config)}",
        "ca_certificate_path": f"{certificates.ca.relative_to(config)}",
        "delivery": way,
        "advanced": {"api_url": simulator.api_url, "oauth_url": simulator.oauth_url},
    }
    steps = {"user": form}
    if way is Way.PUSH_NOTIFICATION:
        project = simulator.google.project
        steps[FIREBASE] = {
            "firebase_project_id": project.project_id,
            "firebase_app_id": project.app_id,
            "firebase_api_key": project.api_key,
            "firebase_sender_id": project.sender_id,
        }
    return steps


def label_fields(steps: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the label of each field of the forms, in English, and its value."""
    translations = json.loads(TRANSLATIONS.read_text())
    for name, values in steps.items():
        step = translations["config"]["step"][name]
        for key, value in values.items():
            if isinstance(value, dict):
                section = step["sections"][key]
                yield from ((f"{section['name']} > {section['data'][inner]}", text) for inner, text in value.items())
            else:
                words = translations["selector"].get(key, {}).get("options", {}).get(value, value)
                # An explanation may follow the name of an option.
                yield step["data"][key], words.partition(": ")[0] if words != value else value


async def add_account(
    client: HomeAssistantClient, session: ClientSession, steps: dict[str, dict[str, Any]], account: str
) -> None:
    """Run the config flow. `account` is the name of the account to choose on the consent page."""
    result = await client.post(FLOW, {"handler": DOMAIN})
    flow = f"{FLOW}/{result['flow_id']}"
    for name, values in steps.items():
        if expect("form", result)["step_id"] != name:
            raise DemoError(f"The config flow shows the step {result['step_id']} instead of {name}.")
        result = await client.post(flow, values)
    await give_consent(session, expect("external", result)["url"], account)
    expect("create_entry", await client.get(flow))


async def give_consent(session: ClientSession, url: str, account: str) -> None:
    """Press Allow on the consent page and follow the redirect to Home Assistant."""
    async with session.get(url) as page:
        if page.status != HTTPStatus.OK:
            raise DemoError(f"The vendor's consent page answered {page.status}: {await page.text()}")
    async with session.post(url, data={"account": account, "decision": "allow"}) as callback:
        if callback.status != HTTPStatus.OK or callback.url.path != "/auth/external/callback":
            raise DemoError(f"Allow led to {callback.url.with_query(None)}, which answered {callback.status}.")


def expect(kind: str, result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a step if it is of this kind. Raise if it is not."""
    if result["type"] != kind:
        why = result.get("errors") or result.get("reason") or result
        raise DemoError(f"The config flow answered {result['type']} instead of {kind}: {why}")
    return result
