"""The identity provider: consent, tokens, refresh, revocation."""

from typing import Any

import jwt
import pytest
from yarl import URL

from simulator import App, Simulator
from simulator.vendor.accounts import CITROEN, PEUGEOT
from tests.helpers.browser import Answer, Browser, basic

REDIRECT = "https://app.example.com/back?kept=1"


def ask(app: App = PEUGEOT, **changes: Any) -> dict[str, str]:
    asked = {
        "client_id": app.client_id,
        "response_type": "code",
        "scope": "data:telemetry,remote:door:write",
        "redirect_uri": REDIRECT,
        "state": "so&so",
    }
    return {key: value for key, value in (asked | changes).items() if value is not None}


async def authorize(browser: Browser, form: dict[str, str], **changes: Any) -> URL:
    url = f"{browser.simulator.oauth_url}/authorize"
    answer = await browser.request("POST", url, params=ask(**changes), data=form)
    assert answer.status == 302
    return URL(answer.headers["Location"])


async def get_code(browser: Browser, **changes: Any) -> str:
    return (await authorize(browser, {"account": "driver", "decision": "allow"}, **changes)).query["code"]


async def request_token(
    browser: Browser, form: dict[str, str], app: App = PEUGEOT, realm: str | None = None, **options: Any
) -> Answer:
    options.setdefault("headers", basic(app))
    url = f"{browser.simulator.oauth_url}/access_token"
    return await browser.request("POST", url, params={"realm": realm} if realm else {}, data=form, **options)


async def redeem(browser: Browser, code: str, **changes: Any) -> Answer:
    return await request_token(
        browser, {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}, **changes
    )


async def refresh(browser: Browser, token: str, realm: str | None = PEUGEOT.realm, **changes: Any) -> Answer:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return await request_token(browser, form, realm=realm, **changes)


async def log_in(browser: Browser) -> dict[str, Any]:
    answer = await redeem(browser, await get_code(browser))
    assert answer.status == 200
    token: dict[str, Any] = answer.json
    return token


async def read_user(browser: Browser, access_token: str) -> int:
    headers = {"Authorization": f"Bearer {access_token}", "x-introspect-realm": PEUGEOT.realm}
    url = f"{browser.simulator.api_url}/user"
    answer = await browser.request("GET", url, params={"client_id": PEUGEOT.client_id}, headers=headers)
    return answer.status


async def test_the_page_offers_the_realms_accounts_and_shows_the_scopes(browser: Browser) -> None:
    answer = await browser.request("GET", f"{browser.simulator.oauth_url}/authorize", params=ask(local="fr-FR"))
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert 'id="allow"' in answer.text
    assert 'id="deny"' in answer.text
    assert 'value="driver"' in answer.text
    assert 'value="family"' not in answer.text
    assert "<li>remote:door:write</li>" in answer.text


async def test_allowing_leads_back_with_a_code(browser: Browser) -> None:
    back = await authorize(browser, {"account": "driver", "decision": "allow"})
    assert back.with_query(None) == URL(REDIRECT).with_query(None)
    assert back.query.keys() == {"kept", "code", "state"}
    assert back.query["state"] == "so&so"


async def test_denying_leads_back_with_an_error(browser: Browser) -> None:
    back = await authorize(browser, {"decision": "deny"})
    assert back.query["error"] == "access_denied"
    assert back.query["state"] == "so&so"
    assert "code" not in back.query


async def test_an_error_in_place_of_the_page_leads_back(browser: Browser) -> None:
    browser.simulator.consent_error = "server_error"
    answer = await browser.request("GET", f"{browser.simulator.oauth_url}/authorize", params=ask())
    assert answer.status == 302
    assert URL(answer.headers["Location"]).query["error"] == "server_error"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "data:telemetry,remote:rocket:write"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_an_app_may_not_ask_for_leads_back(
    browser: Browser, method: str, changes: dict[str, Any], error: str
) -> None:
    url = f"{browser.simulator.oauth_url}/authorize"
    answer = await browser.request(method, url, params=ask(**changes))
    assert answer.status == 302
    assert URL(answer.headers["Location"]).query["error"] == error


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "unknown"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "/relative"},
        {"state": None},
        {"scope": None},
        {"surplus": "1"},
    ],
)
async def test_a_broken_link_is_an_error_page(browser: Browser, changes: dict[str, Any]) -> None:
    answer = await browser.request("GET", f"{browser.simulator.oauth_url}/authorize", params=ask(**changes))
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("form", [{"account": "family", "decision": "allow"}, {"account": "driver"}, {}])
async def test_a_form_must_choose_an_account_of_the_realm(browser: Browser, form: dict[str, str]) -> None:
    answer = await browser.request("POST", f"{browser.simulator.oauth_url}/authorize", params=ask(), data=form)
    assert answer.status == 400


@pytest.mark.parametrize("scope", ["data:telemetry,remote:door:write", "data:telemetry remote:door:write"])
async def test_a_code_becomes_a_token(browser: Browser, scope: str) -> None:
    answer = await redeem(browser, await get_code(browser, scope=scope))
    assert answer.status == 200
    assert answer.json.keys() == {
        "access_token",
        "refresh_token",
        "id_token",
        "expires_in",
        "token_type",
        "scope",
    }
    assert answer.json["expires_in"] == 3600
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["scope"] == "data:telemetry remote:door:write"
    claims = jwt.decode(
        answer.json["id_token"], PEUGEOT.client_secret, algorithms=["HS256"], audience=PEUGEOT.client_id
    )
    assert claims["sub"] == browser.simulator.accounts["driver"].subject
    assert await read_user(browser, answer.json["access_token"]) == 200


async def test_an_account_may_have_no_id_token(browser: Browser) -> None:
    browser.simulator.accounts["driver"].id_token = False
    assert "id_token" not in await log_in(browser)


async def test_a_code_works_once(browser: Browser) -> None:
    code = await get_code(browser)
    assert (await redeem(browser, code)).status == 200
    answer = await redeem(browser, code)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


async def test_a_code_is_bound_to_its_redirect_address(browser: Browser) -> None:
    code = await get_code(browser, redirect_uri="https://elsewhere.example.com/back")
    answer = await redeem(browser, code)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


async def test_a_code_is_bound_to_its_app(browser: Browser) -> None:
    answer = await redeem(browser, await get_code(browser), app=CITROEN)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "authorization",
    [
        {},
        {"Authorization": "Basic bm9ib2R5Om5vdGhpbmc="},
        {"Authorization": basic(PEUGEOT)["Authorization"].replace("Basic", "Bearer")},
    ],
)
async def test_an_app_must_prove_who_it_is(browser: Browser, authorization: dict[str, str]) -> None:
    answer = await redeem(browser, "any", headers=authorization)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "any"}, "invalid_request"),
        (
            {"grant_type": "authorization_code", "code": "any", "redirect_uri": REDIRECT, "client_id": "surplus"},
            "invalid_request",
        ),
    ],
)
async def test_a_token_requests_form_is_exact(browser: Browser, form: dict[str, str], error: str) -> None:
    headers = basic(PEUGEOT) | {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await request_token(browser, form, headers=headers)
    assert (answer.status, answer.json["error"]) == (400, error)


async def test_a_token_request_is_a_form(browser: Browser) -> None:
    url = f"{browser.simulator.oauth_url}/access_token"
    answer = await browser.request("POST", url, json={"grant_type": "refresh_token"}, headers=basic(PEUGEOT))
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


async def test_a_refresh_replaces_the_refresh_token(browser: Browser) -> None:
    first = await log_in(browser)
    second = await refresh(browser, first["refresh_token"])
    assert second.status == 200
    assert second.json["refresh_token"] != first["refresh_token"]
    assert await read_user(browser, second.json["access_token"]) == 200
    again = await refresh(browser, first["refresh_token"])
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert (await refresh(browser, second.json["refresh_token"])).status == 200


@pytest.mark.parametrize("realm", [None, CITROEN.realm])
async def test_a_refresh_wants_the_realm(browser: Browser, realm: str | None) -> None:
    token = await log_in(browser)
    answer = await refresh(browser, token["refresh_token"], realm=realm)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


async def test_a_refresh_token_is_bound_to_its_app(browser: Browser) -> None:
    token = await log_in(browser)
    answer = await refresh(browser, token["refresh_token"], app=CITROEN, realm=CITROEN.realm)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


async def test_a_token_expires(browser: Browser) -> None:
    browser.simulator.token_lifetime = 0
    token = await log_in(browser)
    assert token["expires_in"] == 0
    assert await read_user(browser, token["access_token"]) == 401
    browser.simulator.token_lifetime = 3600
    fresh = await refresh(browser, token["refresh_token"])
    assert await read_user(browser, fresh.json["access_token"]) == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_revoking_one_token_ends_all_of_the_grant(browser: Browser, kind: str) -> None:
    token, other = await log_in(browser), await log_in(browser)
    url = f"{browser.simulator.oauth_url}/token/revoke"
    answer = await browser.request(
        "POST", url, params={"realm": PEUGEOT.realm}, data={"token": token[kind]}, headers=basic(PEUGEOT)
    )
    assert answer.status == 200
    assert await read_user(browser, token["access_token"]) == 401
    assert (await refresh(browser, token["refresh_token"])).status == 400
    assert await read_user(browser, other["access_token"]) == 200


@pytest.mark.parametrize(
    ("params", "data", "headers", "status"),
    [
        ({}, {"token": "any"}, basic(PEUGEOT), 400),
        ({"realm": PEUGEOT.realm}, {"refresh_token": "any"}, basic(PEUGEOT), 400),
        ({"realm": PEUGEOT.realm}, {"token": "any"}, {}, 401),
        ({"realm": PEUGEOT.realm}, {"token": "unknown"}, basic(PEUGEOT), 200),
    ],
)
async def test_revocation_is_checked_like_any_token_request(
    browser: Browser, params: dict[str, str], data: dict[str, str], headers: dict[str, str], status: int
) -> None:
    url = f"{browser.simulator.oauth_url}/token/revoke"
    answer = await browser.request("POST", url, params=params, data=data, headers=headers)
    assert answer.status == status


async def test_the_vendor_may_end_an_accounts_tokens(browser: Browser) -> None:
    token = await log_in(browser)
    browser.simulator.revoke_tokens("family")
    assert await read_user(browser, token["access_token"]) == 200
    browser.simulator.revoke_tokens("driver")
    assert await read_user(browser, token["access_token"]) == 401
    assert (await refresh(browser, token["refresh_token"])).status == 400


async def test_unknown_addresses_are_errors(browser: Browser) -> None:
    answer = await browser.request("GET", f"{browser.simulator.oauth_url}/elsewhere")
    assert answer.status == 404


async def test_requests_are_kept_with_their_secrets(browser: Browser, simulator: Simulator) -> None:
    token = await log_in(browser)
    await refresh(browser, token["refresh_token"])
    request = await simulator.wait_for_request("POST", "/access_token", after=1)
    assert request.path == "/am/oauth2/access_token"
    assert request.query["realm"] == PEUGEOT.realm
    assert request.headers["Authorization"] == basic(PEUGEOT)["Authorization"]
    assert request.body == {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    assert request.status == 200
    assert [one.method for one in simulator.requests] == ["POST", "POST", "POST"]
