"""Home Assistant's own API, as another program of the house uses it."""

from datetime import timedelta
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.auth.models import TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN
from homeassistant.setup import async_setup_component

from .harness import Harness


class RestApi:
    """The API, with a long-lived token of a user who is no administrator."""

    def __init__(self, browser: TestClient[Any, Any], token: str) -> None:
        """Use the API with this token."""
        self._browser = browser
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    @classmethod
    async def open(cls, harness: Harness, program: str) -> RestApi:
        """Give a program a user and a token."""
        hass = harness.hass
        assert await async_setup_component(hass, "api", {})
        user = await hass.auth.async_create_user(program, group_ids=[GROUP_ID_USER])
        token = await hass.auth.async_create_refresh_token(
            user,
            client_name=program,
            token_type=TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
            access_token_expiration=timedelta(days=3650),
        )
        return cls(harness.browser, hass.auth.async_create_access_token(token))

    async def state(self, entity_id: str) -> dict[str, Any]:
        """Read a state."""
        async with self._browser.get(f"/api/states/{entity_id}", headers=self._headers) as answer:
            assert answer.status == 200, entity_id
            state: dict[str, Any] = await answer.json()
            return state

    async def call(self, action: str, entity_id: str) -> None:
        """Perform an action, such as button.press, and wait until it has ended."""
        path = f"/api/services/{action.replace('.', '/')}"
        async with self._browser.post(path, headers=self._headers, json={"entity_id": entity_id}) as answer:
            assert answer.status == 200, await answer.text()
