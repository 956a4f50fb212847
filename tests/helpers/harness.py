"""A Home Assistant, the vendor's simulator, and the way from one to the other and back."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
import secrets
import time
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestClient
from homeassistant.config_entries import ConfigEntry, ConfigFlowContext, ConfigFlowResult
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import jwt
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from yarl import URL

from custom_components.stellantis.api.auth import BRANDS
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault, Front, Request, Simulator, electric

from .vendor import make_grant

SPEED = 200
STANDSTILL = 1e-6
"""The speed of a vendor that does nothing for as long as a test takes."""


@dataclass
class Harness:
    """A Home Assistant that the vendor can reach, and a person who uses it."""

    hass: HomeAssistant
    vendor: Simulator
    front: Front
    browser: TestClient[Any, Any]
    passed: float = 0.0

    def form(self, account: str = "driver", **changes: Any) -> dict[str, Any]:
        """Fill in the form for an account of the simulator; a change to None leaves a field out."""
        realm = self.vendor.accounts[account].realm
        app = next(app for app in self.vendor.apps.values() if app.realm == realm)
        files = self.vendor.certificates
        filled = {
            "brand": app.brand,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "certificate_path": str(files.client_certificate),
            "private_key_path": str(files.client_key),
            "ca_certificate_path": str(files.ca),
            "scopes": list(app.scopes),
            "delivery": "webhook",
            "advanced": {"api_url": self.vendor.api_url, "oauth_url": self.vendor.oauth_url},
            **changes,
        }
        return {key: value for key, value in filled.items() if value is not None}

    async def start_flow(self) -> ConfigFlowResult:
        return await self.hass.config_entries.flow.async_init(DOMAIN, context={"source": "user"})

    async def submit(self, flow: ConfigFlowResult, form: dict[str, Any] | None) -> ConfigFlowResult:
        return await self.hass.config_entries.flow.async_configure(flow["flow_id"], form)

    async def consent(
        self, flow: ConfigFlowResult, account: str = "driver", decision: str = "allow"
    ) -> ConfigFlowResult:
        """Go to the vendor's page, decide there, come back, and see what the flow says then."""
        assert flow["type"] is FlowResultType.EXTERNAL_STEP
        session: ClientSession = async_get_clientsession(self.hass)
        url = URL(flow["url"], encoded=True)
        form = {"account": account, "decision": decision}
        async with session.post(url, data=form, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            back = URL(answer.headers["Location"], encoded=True)
        async with self.browser.get(back.relative()) as page:
            assert page.status == 200
        return await self.hass.config_entries.flow.async_configure(flow["flow_id"])

    async def come_back(self, flow: ConfigFlowResult, **answer: str) -> ConfigFlowResult:
        """Come back from the vendor's page with this answer, and see what the flow says then."""
        query = {"state": URL(flow["url"]).query["state"], **answer}
        async with self.browser.get("/auth/external/callback", params=query) as page:
            assert page.status == 200
        return await self.hass.config_entries.flow.async_configure(flow["flow_id"])

    async def add_account(self, account: str = "driver", **changes: Any) -> ConfigEntry[Any]:
        """Add the entry that the config flow would make, and wait until its callback is registered."""
        form = self.form(account, **changes)
        scopes = form["scopes"]
        grant = make_grant(self.vendor, account, *scopes)
        lifetime = self.vendor.token_lifetime
        token = {
            "access_token": grant.issue(lifetime),
            "refresh_token": grant.refresh_token,
            "scope": " ".join(scopes),
            "token_type": "Bearer",
            "expires_in": lifetime,
            "expires_at": time.time() + lifetime,
        }
        if grant.account.id_token:
            token["id_token"] = jwt.encode({"sub": grant.account.subject}, form["client_secret"])
        entry = MockConfigEntry(
            domain=DOMAIN,
            title=BRANDS[form["brand"]].name,
            minor_version=3,
            unique_id=f"{form['brand']}_{grant.account.subject}",
            data={
                "realm": grant.account.realm,
                "scope_separator": "comma",
                **form.pop("advanced"),
                **form,
                "token": token,
                "webhook_id": secrets.token_hex(32),
                "callback_secret": secrets.token_urlsafe(32),
            },
        )
        await self.hass.config_entries.async_add(entry)
        await self.settle()
        return entry

    async def sign_in(self, account: str = "driver", **changes: Any) -> ConfigEntry[Any]:
        """Add an account in the config flow and the browser, and wait until its callback is registered."""
        flow = await self.submit(await self.start_flow(), self.form(account, **changes))
        result = await self.consent(flow, account)
        assert result["type"] is FlowResultType.CREATE_ENTRY, result
        await self.settle()
        return result["result"]

    async def reload(self, entry: ConfigEntry[Any]) -> None:
        """Reload an account and wait until its callback has been looked at."""
        assert await self.hass.config_entries.async_reload(entry.entry_id)
        await self.settle()

    async def reconfigure(self, entry: ConfigEntry[Any], **changes: Any) -> None:
        """Change what was typed for an account, and wait until its callback is in step."""
        context = ConfigFlowContext(source="reconfigure", entry_id=entry.entry_id)
        flow = await self.hass.config_entries.flow.async_init(DOMAIN, context=context)
        flow = await self.consent(await self.submit(flow, self.form(**changes)))
        assert flow["reason"] == "reconfigure_successful"
        await self.settle()

    def refuse_push(self) -> None:
        """Let the vendor refuse every monitor, so that cars are polled."""
        self.vendor.faults.add(Fault(method="POST", path="*/monitors", status=400, times=None))

    async def post(
        self,
        entry: ConfigEntry[Any],
        car: Car,
        event: dict[str, Any],
        *,
        date: str | None = None,
        vin: str | None = None,
    ) -> None:
        """Post a monitor's message as the vendor would."""
        message = {
            "callbackId": entry.data["callback_id"],
            "type": "Monitor",
            "date": date or dt_util.utcnow().isoformat(),
            "attributes": [
                {"key": "secret", "value": entry.data["callback_secret"]},
                {"key": "vin", "value": vin or car.vin},
            ],
            "monitorEvent": {"monitorId": "0123456789abcdef", "refresh": False, "values": [], **event},
        }
        async with self.browser.post(f"/api/webhook/{entry.data['webhook_id']}", json=message) as answer:
            assert answer.status == 200
        await self.settle()

    async def settle(self) -> None:
        await self.hass.async_block_till_done(wait_background_tasks=True)

    def entity_id(self, car: Car, platform: str, key: str) -> str:
        found = er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, f"{car.vin}_{key}")
        assert found, f"no {platform} {key}"
        return found

    def state(self, car: Car, platform: str, key: str) -> State:
        state = self.hass.states.get(self.entity_id(car, platform, key))
        assert state
        return state

    async def call(self, car: Car, platform: str, key: str, service: str, **data: Any) -> None:
        """Call a service of an entity and wait until it has returned."""
        target = {"entity_id": self.entity_id(car, platform, key)}
        await self.hass.services.async_call(platform, service, data, target=target, blocking=True)

    def start(self, car: Car, platform: str, key: str, service: str, **data: Any) -> asyncio.Task[None]:
        """Call a service of an entity and go on; the task ends when the service has returned."""
        return asyncio.create_task(self.call(car, platform, key, service, **data))

    async def failure(self, calling: Awaitable[object]) -> HomeAssistantError:
        """Return what a service call that fails says to the person."""
        with pytest.raises(HomeAssistantError) as raised:
            await calling
        return raised.value

    async def until(self, car: Car, platform: str, key: str, state: str) -> State:
        """Wait until an entity has this state."""
        changed = asyncio.Event()
        entity_id = self.entity_id(car, platform, key)
        stop = async_track_state_change_event(self.hass, entity_id, callback(lambda _event: changed.set()))
        while (now := self.state(car, platform, key)).state != state:
            changed.clear()
            await changed.wait()
        stop()
        return now

    async def changes(self, car: Car, platform: str, key: str) -> AsyncGenerator[State]:
        """Give each state that an entity changes to, from now on."""
        queue: asyncio.Queue[State] = asyncio.Queue()
        entity_id = self.entity_id(car, platform, key)
        stop = async_track_state_change_event(
            self.hass, entity_id, callback(lambda event: queue.put_nowait(event.data["new_state"]))
        )
        try:
            while True:
                yield await queue.get()
        finally:
            stop()

    async def pass_time(self, **delta: float) -> None:
        """Let the timers of the next minutes or hours run off now."""
        self.passed += timedelta(**delta).total_seconds()
        async_fire_time_changed(self.hass, dt_util.utcnow() + timedelta(**delta))
        await self.settle()

    def set_clock(self, car: Car, **ahead: float) -> None:
        """Have a car date its reports as if all the time had passed, by a clock that may be ahead, or behind."""
        car.clock_ahead = timedelta(seconds=self.passed) + timedelta(**ahead)

    async def lose(self, car: Car) -> None:
        """Take a car out of the driver's account for good, and let the days pass after which it is gone."""
        self.vendor.accounts["driver"].cars.remove(car)
        for _ in range(3):
            await self.pass_time(hours=25)

    def add_cars(self, statuses: Mapping[str, dict[str, Any]]) -> dict[str, Car]:
        """Give the driver one more car for each of these statuses, which it reports forever."""

        def made(name: str, status: dict[str, Any]) -> Car:
            car = electric(name, "Peugeot", name)
            car.report = lambda _car: status
            self.vendor.add_car(self.vendor.accounts["driver"], car)
            return car

        return {name: made(name, status) for name, status in statuses.items()}

    def requests(self, method: str, path: str) -> list[Request]:
        """Return the requests that the vendor has got, `path` being a pattern; `*` spans slashes."""
        return [
            request
            for request in self.vendor.requests
            if request.method == method and fnmatchcase(request.path, f"*{path}")
        ]

    def reads(self, car: Car) -> int:
        """Return how often the car's status has been read."""
        return len(self.requests("GET", f"/{car.id}/status"))


def mistakes(flow: ConfigFlowResult) -> dict[str, str]:
    """Return what the form says is wrong. If it says anything, it says at its end where to look."""
    errors = dict(flow["errors"] or {})
    assert errors.pop("delivery", None) == ("see_above" if errors else None)
    return errors
