"""Tokens: from a code, from a refresh token, and gone."""

from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
import ssl
from typing import Any

import aiohttp
import jwt
import pytest
from yarl import URL

from custom_components.stellantis.api.auth import API_URL, BRANDS, IdentityProvider, subject
from custom_components.stellantis.api.errors import (
    AuthenticationError,
    BadAnswerError,
    BadRequestError,
    ClientCredentialsError,
    HungUpError,
    RateLimitError,
    ServerNotTrustedError,
    StellantisError,
    UnreachableError,
    VendorError,
)
from custom_components.stellantis.api.scopes import Scope
from simulator import GATEWAY_REFUSAL, Fault, Simulator
from simulator.vendor.accounts import PEUGEOT

REDIRECT = "https://home.example.com/auth/external/callback"

type Ask = Callable[[IdentityProvider], Awaitable[Any]]


async def exchange(provider: IdentityProvider) -> Any:
    return await provider.exchange_code("unknown", REDIRECT)


async def refresh(provider: IdentityProvider) -> Any:
    return await provider.refresh("unknown")


async def revoke(provider: IdentityProvider) -> Any:
    return await provider.revoke("unknown")


every_request = pytest.mark.parametrize("ask", [exchange, refresh, revoke])
every_grant = pytest.mark.parametrize("ask", [exchange, refresh])


@pytest.fixture
async def session(context: ssl.SSLContext) -> AsyncGenerator[aiohttp.ClientSession]:
    """A session that trusts the simulator."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as opened:
        yield opened


@pytest.fixture
def provider(simulator: Simulator, session: aiohttp.ClientSession) -> IdentityProvider:
    return IdentityProvider(
        session=session,
        oauth_url=simulator.oauth_url,
        realm=PEUGEOT.realm,
        client_id=PEUGEOT.client_id,
        client_secret=PEUGEOT.client_secret,
    )


@pytest.fixture
async def code(provider: IdentityProvider) -> str:
    """What the browser brings back after the driver's consent."""
    query = {
        "client_id": provider.client_id,
        "response_type": "code",
        "scope": ",".join(Scope),
        "redirect_uri": REDIRECT,
        "state": "state",
    }
    form = {"account": "driver", "decision": "allow"}
    url = URL(provider.authorize_url).with_query(query)
    async with provider.session.post(url, data=form, allow_redirects=False) as response:
        return URL(response.headers["Location"]).query["code"]


async def test_a_code_becomes_a_token(simulator: Simulator, provider: IdentityProvider, code: str) -> None:
    token = await provider.exchange_code(code, REDIRECT)
    assert {"access_token", "refresh_token", "id_token", "expires_in", "token_type", "scope"} <= token.keys()
    assert token["expires_in"] == 3600
    assert simulator.grants.by_access_token(token["access_token"])
    assert subject(token) == simulator.accounts["driver"].subject
    request = simulator.requests[-1]
    assert (request.method, request.path) == ("POST", "/am/oauth2/access_token")
    assert request.body == {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code": code}
    assert not request.query


async def test_a_refresh_brings_a_new_refresh_token_each_time(
    simulator: Simulator, provider: IdentityProvider, code: str
) -> None:
    first = await provider.exchange_code(code, REDIRECT)
    second = await provider.refresh(first["refresh_token"])
    third = await provider.refresh(second["refresh_token"])
    assert len({token["refresh_token"] for token in (first, second, third)}) == 3
    assert len({token["access_token"] for token in (first, second, third)}) == 3
    request = simulator.requests[-1]
    assert (request.method, request.path) == ("POST", "/am/oauth2/access_token")
    assert request.body == {"grant_type": "refresh_token", "refresh_token": second["refresh_token"]}
    assert dict(request.query) == {"realm": provider.realm}
    with pytest.raises(AuthenticationError):
        await provider.refresh(first["refresh_token"])


async def test_a_revoked_token_is_gone(simulator: Simulator, provider: IdentityProvider, code: str) -> None:
    token = await provider.exchange_code(code, REDIRECT)
    await provider.revoke(token["refresh_token"])
    request = simulator.requests[-1]
    assert (request.method, request.path) == ("POST", "/am/oauth2/token/revoke")
    assert request.body == {"token": token["refresh_token"]}
    assert dict(request.query) == {"realm": provider.realm}
    assert simulator.grants.by_access_token(token["access_token"]) is None
    with pytest.raises(AuthenticationError):
        await provider.refresh(token["refresh_token"])


@pytest.mark.parametrize("client_secret", ["a+b/c:d=e&f%20g", "pässword €"])
@every_request
async def test_id_and_secret_are_sent_as_they_are(
    simulator: Simulator, provider: IdentityProvider, ask: Ask, client_secret: str
) -> None:
    simulator.faults.add(Fault(body={"access_token": "token", "expires_in": 60}))
    await ask(replace(provider, client_id="an+other%id", client_secret=client_secret))
    raw = b64encode(f"an+other%id:{client_secret}".encode()).decode()
    assert simulator.requests[-1].headers["Authorization"] == f"Basic {raw}"


@every_request
async def test_a_wrong_client_secret(provider: IdentityProvider, ask: Ask) -> None:
    with pytest.raises(ClientCredentialsError):
        await ask(replace(provider, client_secret="wrong"))


@every_grant
async def test_a_grant_that_the_vendor_does_not_know(provider: IdentityProvider, ask: Ask) -> None:
    with pytest.raises(AuthenticationError):
        await ask(provider)


@pytest.mark.parametrize("ask", [refresh, revoke])
async def test_a_wrong_realm(provider: IdentityProvider, ask: Ask) -> None:
    with pytest.raises(BadRequestError, match="realm"):
        await ask(replace(provider, realm="clientsB2COther"))


EVERY_STATUS = (200, 400, 401, 403, 404, 500, 503)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(status=400, body={"error": "invalid_client"}), ClientCredentialsError),
        (Fault(status=401, body={"error": "invalid_client"}), ClientCredentialsError),
        (Fault(status=401), ClientCredentialsError),
        (Fault(status=400, body={"error": "invalid_grant"}), AuthenticationError),
        (Fault(status=400, body={"error": "invalid_scope"}), BadRequestError),
        # The body counts more than the status.
        *[(Fault(status=status, body={"error": "invalid_client"}), ClientCredentialsError) for status in EVERY_STATUS],
        *[(Fault(status=status, body={"error": "invalid_grant"}), AuthenticationError) for status in EVERY_STATUS],
        *[(Fault(status=status, body={"error": "server_error"}), VendorError) for status in EVERY_STATUS],
        *[(Fault(status=status, body={"error": "temporarily_unavailable"}), VendorError) for status in EVERY_STATUS],
        (Fault(status=400, body={"error": " Invalid_Grant "}), AuthenticationError),
        (Fault(status=400, body=b'\xef\xbb\xbf{"error": "invalid_grant"}'), AuthenticationError),
        (Fault(status=401, body={"error": "server_error", "error_description": "Internal Server Error"}), VendorError),
        (Fault(status=429, body={"error": "temporarily_unavailable"}), RateLimitError),
        # A body without a word of OAuth2 is the gateway's, not the identity provider's.
        (Fault(status=400), BadAnswerError),
        (Fault(status=400, body="<html>Bad request</html>"), BadAnswerError),
        (Fault(status=400, body={"httpCode": "400", "httpMessage": "Bad Request"}), BadAnswerError),
        (Fault(status=400, body={"error": ["invalid_grant"]}), BadAnswerError),
        (Fault(status=400, body=["invalid_grant"]), BadAnswerError),
        (Fault(status=401, body=GATEWAY_REFUSAL), VendorError),
        (Fault(status=401, body="<html>Unauthorized</html>"), VendorError),
        (Fault(status=401, body={"code": 401, "message": "Unauthorized"}), VendorError),
        (Fault(status=403), BadAnswerError),
        (Fault(status=403, body={"error": "access_denied"}), BadAnswerError),
        (Fault(status=404, body="<html>Not found</html>"), BadAnswerError),
        (Fault(status=404, body={"error": "not_found"}), BadAnswerError),
        (Fault(status=429), RateLimitError),
        (Fault(status=500, body={"error": "server_error"}), VendorError),
        (Fault(status=302, headers={"Location": "https://elsewhere.example.com"}), BadAnswerError),
        (Fault(body="<html>Maintenance</html>"), BadAnswerError),
        (Fault(drop=True), HungUpError),
    ],
)
@every_request
async def test_errors(
    simulator: Simulator, provider: IdentityProvider, ask: Ask, fault: Fault, expected: type[StellantisError]
) -> None:
    simulator.faults.add(replace(fault, method="POST"))
    with pytest.raises(StellantisError) as refusal:
        await ask(provider)
    assert type(refusal.value) is expected


@every_request
async def test_a_refusal_repeats_no_secret(simulator: Simulator, provider: IdentityProvider, ask: Ask) -> None:
    basic = b64encode(f"{provider.client_id}:{provider.client_secret}".encode()).decode()
    said = f"Got {basic}, {provider.client_secret} and unknown."
    body = {"error": "invalid_request", "error_description": said}
    simulator.faults.add(Fault(method="POST", status=400, body=body))
    with pytest.raises(BadRequestError, match=r"^Got …, … and …\.$"):
        await ask(provider)


@every_request
async def test_a_server_that_no_ca_vouches_for(provider: IdentityProvider, ask: Ask) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ServerNotTrustedError):
            await ask(replace(provider, session=session))


@every_request
async def test_nobody_there(provider: IdentityProvider, unused_tcp_port: int, ask: Ask) -> None:
    with pytest.raises(UnreachableError):
        await ask(replace(provider, oauth_url=f"https://127.0.0.1:{unused_tcp_port}"))


@pytest.mark.parametrize(
    "answer",
    [
        {"expires_in": 60},
        {"access_token": "", "expires_in": 60},
        {"access_token": None, "expires_in": 60},
        {"access_token": ["secret"], "expires_in": 60},
        {"access_token": "secret\r\nX-Header: value", "expires_in": 60},
        {"access_token": "secrét", "expires_in": 60},
        {"access_token": "secret"},
        {"access_token": "secret", "expires_in": None},
        {"access_token": "secret", "expires_in": "soon"},
        {"access_token": "secret", "expires_in": [60]},
        {"access_token": "secret", "expires_in": float("nan")},
    ],
)
@every_grant
async def test_a_token_that_cannot_be_used_is_a_bad_answer(
    simulator: Simulator, provider: IdentityProvider, ask: Ask, answer: dict[str, Any]
) -> None:
    simulator.faults.add(Fault(body=answer))
    with pytest.raises(BadAnswerError) as refusal:
        await ask(provider)
    assert "secret" not in repr(refusal.value)


@pytest.mark.parametrize("seconds", ["899", 899, 899.5])
async def test_seconds_are_a_number_however_they_are_written(
    simulator: Simulator, provider: IdentityProvider, seconds: Any
) -> None:
    simulator.faults.add(Fault(body={"access_token": "token", "expires_in": seconds, "extra": 1}))
    assert await provider.refresh("token") == {"access_token": "token", "expires_in": 899, "extra": 1}


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-5, 0), (10**18, 315360000), (10**400, 315360000), (float("inf"), 315360000)]
)
async def test_a_lifetime_has_bounds(
    simulator: Simulator, provider: IdentityProvider, seconds: int, expected: int
) -> None:
    simulator.faults.add(Fault(body={"access_token": "token", "expires_in": seconds}))
    assert (await provider.refresh("token"))["expires_in"] == expected


UNSTORABLE: dict[str, Any] = {
    "large": 2**64,
    "not_a_number": float("nan"),
    "surrogate": "\ud800",
    "\ud800": "key",
    "nested": {"number": 2**64},
}


async def test_what_could_not_be_written_to_disk_is_left_out(simulator: Simulator, provider: IdentityProvider) -> None:
    kept = {"access_token": "token", "expires_in": 60, "number": 1.5, "nothing": None, "truth": True, "text": "é"}
    simulator.faults.add(Fault(body={**kept, **UNSTORABLE}))
    assert await provider.refresh("token") == kept


@pytest.mark.parametrize("refresh_token", [None, "", 7, ["token"], "\udfff"])
async def test_a_refresh_token_that_is_none_does_not_replace_the_one_before(
    simulator: Simulator, provider: IdentityProvider, refresh_token: Any
) -> None:
    simulator.faults.add(Fault(body={"access_token": "token", "expires_in": 60, "refresh_token": refresh_token}))
    assert await provider.refresh("token") == {"access_token": "token", "expires_in": 60}


async def test_a_revocation_may_be_answered_by_nothing(simulator: Simulator, provider: IdentityProvider) -> None:
    simulator.faults.add(Fault(status=204))
    await provider.revoke("token")
    assert simulator.requests[-1].status == 204


def id_token(**claims: Any) -> dict[str, Any]:
    return {"id_token": jwt.encode(claims, "a key that nobody here knows, and that is long", algorithm="HS256")}


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (id_token(sub="someone"), "someone"),
        (id_token(sub="someone", aud="app", exp=1, nbf=9999999999), "someone"),
        (id_token(), None),
        (id_token(sub=""), None),
        (id_token(sub="\ud800"), None),
        ({}, None),
        ({"id_token": None}, None),
        ({"id_token": ["a"]}, None),
        ({"id_token": ""}, None),
        ({"id_token": "a.b.c"}, None),
        ({"id_token": "nonsense"}, None),
    ],
)
def test_the_subject_of_a_token(token: dict[str, Any], expected: str | None) -> None:
    assert subject(token) == expected


def test_the_vendors_api_and_its_scopes() -> None:
    assert API_URL == "https://api-cert.groupe-psa.com/connectedcar/v4"
    assert PEUGEOT.scopes == tuple(Scope)


@pytest.mark.parametrize(
    ("brand", "name", "realm", "oauth_url"),
    [
        ("peugeot", "Peugeot", "clientsB2CPeugeot", "https://idpcvs.peugeot.com/am/oauth2"),
        ("citroen", "Citroën", "clientsB2CCitroen", "https://idpcvs.citroen.com/am/oauth2"),
        ("ds", "DS", "clientsB2CDS", "https://idpcvs.driveds.com/am/oauth2"),
        ("opel", "Opel", "clientsB2COpel", "https://idpcvs.opel.com/am/oauth2"),
        ("vauxhall", "Vauxhall", "clientsB2CVauxhall", "https://idpcvs.vauxhall.co.uk/am/oauth2"),
    ],
)
def test_brands(brand: str, name: str, realm: str, oauth_url: str) -> None:
    known = BRANDS[brand]
    assert (known.name, known.realm, known.oauth_url) == (name, realm, oauth_url)
