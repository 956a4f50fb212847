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

FLOW = "/api/config/config_entries/flow"
TRANSLATIONS = ROOT / "custom_components" / DOMAIN / "translations" / "en.json"


def make_form(simulator: Simulator, brand: str, config: Path) -> dict[str, Any]:
    """Make the input of the config flow's form, with the credentials of the simulator's app for a brand."""
    app = next(app for app in simulator.apps.values() if app.brand == brand)
    certificates = simulator.certificates
    return {
        "brand": brand,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "certificate_path": f"{certificates.client_certificate.relative_to(config)}",
        "private_key_path": f"{certificates.client_key.relative_to(config)}",
        "ca_certificate_path": f"{certificates.ca.relative_to(config)}",
        "advanced": {"api_url": simulator.api_url, "oauth_url": simulator.oauth_url},
    }


def label_fields(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the label of each field of the form, in English, and its value."""
    translations = json.loads(TRANSLATIONS.read_text())
    step = translations["config"]["step"]["user"]
    brands = translations["selector"]["brand"]["options"]
    for key, value in values.items():
        if isinstance(value, dict):
            section = step["sections"][key]
            yield from ((f"{section['name']} > {section['data'][inner]}", text) for inner, text in value.items())
        else:
            yield step["data"][key], brands.get(value, value)


async def add_account(
    client: HomeAssistantClient, session: ClientSession, values: dict[str, Any], account: str
) -> None:
    """Run the config flow. `account` is the name of the account to choose on the consent page."""
    flow = await client.post(FLOW, {"handler": DOMAIN})
    consent = _expect("external", await client.post(f"{FLOW}/{flow['flow_id']}", values))
    await _allow(session, consent["url"], account)
    _expect("create_entry", await client.get(f"{FLOW}/{flow['flow_id']}"))


async def _allow(session: ClientSession, url: str, account: str) -> None:
    """Press Allow on the consent page and follow the redirect to Home Assistant."""
    async with session.get(url) as page:
        if page.status != HTTPStatus.OK:
            raise DemoError(f"The vendor's consent page answered {page.status}: {await page.text()}")
    async with session.post(url, data={"account": account, "decision": "allow"}) as callback:
        if callback.status != HTTPStatus.OK or callback.url.path != "/auth/external/callback":
            raise DemoError(f"Allow led to {callback.url.with_query(None)}, which answered {callback.status}.")


def _expect(kind: str, result: dict[str, Any]) -> dict[str, Any]:
    if result["type"] != kind:
        why = result.get("errors") or result.get("reason") or result
        raise DemoError(f"The config flow answered {result['type']} instead of {kind}: {why}")
    return result
