"""The identity provider (docs/vendor-api.md, OAuth2). It also serves the pictures of the cars.

The consent page posts a form to its own address, query included: `account` (a name of `Simulator.accounts`) and
`decision` (`allow` or `deny`). Tests may post this form without a browser. The answer is the redirect to the app, or a
page with an error message.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape
import re
import secrets
import time
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
import jwt
from yarl import URL

from simulator.base.background import in_thread

from .accounts import Account, App, Grant
from .pictures import draw
from .world import World

BASE = "/am/oauth2"

_MIRRORED_VIEW = "002"

_AUTHORIZE_PARAMETERS = {"client_id", "response_type", "scope", "redirect_uri", "state"}
_AUTHORIZE_OPTIONS = {"local"}

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 3rem auto; padding: 0 1rem; color: #222; }}
label {{ display: block; padding: .3rem 0; }}
ul {{ color: #555; padding-left: 1.2rem; }}
button {{ font: inherit; padding: .5rem 1.5rem; margin-right: .5rem; border: 1px solid #999; border-radius: .4rem; }}
#allow {{ background: #1558d6; border-color: #1558d6; color: #fff; }}
</style>
<h1>{title}</h1>
{content}
</html>
"""
_CONSENT = """<p>An app wants to use your account, in the realm {realm}.</p>
<form method="post">
{accounts}
<p>It asks for:</p>
<ul>{scopes}</ul>
<button id="allow" name="decision" value="allow">Allow</button>
<button id="deny" name="decision" value="deny">Deny</button>
</form>
"""
_ACCOUNT = '<label><input type="radio" name="account" value="{name}"{checked}> {email}</label>'


class _PageError(Exception):
    """An error to show in the browser instead of redirecting to the app."""


class _OAuthError(Exception):
    """An error to answer to a token request."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error


@dataclass(frozen=True)
class _AuthorizationRequest:
    """An authorization request of an app."""

    app: App
    redirect_uri: str
    state: str
    scopes: tuple[str, ...]

    def redirect(self, **answer: str) -> web.Response:
        """Redirect the browser to the app."""
        location = URL(self.redirect_uri).extend_query(answer | {"state": self.state})
        return web.Response(status=302, headers={"Location": str(location)})


@dataclass(frozen=True)
class _Code:
    """The request and the account that an authorization code was issued for."""

    authorization: _AuthorizationRequest
    account: Account


class Identity:
    """The routes of the identity provider."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, _Code] = {}
        self._grant_types: dict[str, _GrantType] = {
            "authorization_code": _GrantType({"redirect_uri", "code"}, self._redeem_code),
            "refresh_token": _GrantType({"refresh_token"}, self._find_by_refresh_token, needs_realm=True),
        }

    def application(self) -> web.Application:
        """Make the server."""
        middlewares = [self._world.journal.middleware(), _answer_errors, self._world.faults.middleware(BASE)]
        application = web.Application(middlewares=middlewares)
        application.router.add_get(f"{BASE}/authorize", self._show_consent)
        application.router.add_post(f"{BASE}/authorize", self._decide)
        application.router.add_post(f"{BASE}/access_token", self._issue)
        application.router.add_post(f"{BASE}/token/revoke", self._revoke)
        application.router.add_get("/pictures/{name}.png", self._show_picture)
        return application

    async def _show_picture(self, request: web.Request) -> web.Response:
        """Answer with the picture of a car. It needs no token."""
        car = self._world.cars.get(request.match_info["name"])
        if car is None:
            raise web.HTTPNotFound
        mirrored = request.query.get("view") == _MIRRORED_VIEW
        picture = await in_thread(partial(draw, car.color, mirrored=mirrored))
        return web.Response(body=picture, content_type="image/png")

    async def _show_consent(self, request: web.Request) -> web.Response:
        authorization = self._read_authorization(request)
        if error := self._world.consent_error:
            return authorization.redirect(error=error)
        if refusal := _refuse(request, authorization):
            return refusal
        accounts = (
            _ACCOUNT.format(name=account.name, email=account.email, checked="" if index else " checked")
            for index, account in enumerate(self._accounts(authorization.app))
        )
        content = _CONSENT.format(
            realm=authorization.app.realm,
            accounts="\n".join(accounts),
            scopes="".join(f"<li>{escape(scope)}</li>" for scope in authorization.scopes),
        )
        return _page("Allow access?", content)

    async def _decide(self, request: web.Request) -> web.Response:
        authorization = self._read_authorization(request)
        if refusal := _refuse(request, authorization):
            return refusal
        form = await request.post()
        if form.get("decision") == "deny":
            return authorization.redirect(error="access_denied")
        accounts = {account.name: account for account in self._accounts(authorization.app)}
        account = accounts.get(str(form.get("account")))
        if account is None or form.get("decision") != "allow":
            raise _PageError("Choose an account of this realm, then allow or deny.")
        code = secrets.token_urlsafe()
        self._codes[code] = _Code(authorization, account)
        return authorization.redirect(code=code)

    def _accounts(self, app: App) -> list[Account]:
        return [account for account in self._world.accounts.values() if account.realm == app.realm]

    def _read_authorization(self, request: web.Request) -> _AuthorizationRequest:
        query = request.query
        if missing := _AUTHORIZE_PARAMETERS - query.keys():
            raise _PageError(f"Missing: {', '.join(sorted(missing))}.")
        if unknown := query.keys() - _AUTHORIZE_PARAMETERS - _AUTHORIZE_OPTIONS:
            raise _PageError(f"Unknown: {', '.join(sorted(unknown))}.")
        app = self._world.apps.get(query["client_id"])
        if app is None:
            raise _PageError("This app is not registered.")
        redirect_uri = query["redirect_uri"]
        if not URL(redirect_uri).absolute:
            raise _PageError("The redirect address is not an address.")
        return _AuthorizationRequest(app, redirect_uri, query["state"], tuple(re.findall(r"[^\s,]+", query["scope"])))

    async def _issue(self, request: web.Request) -> web.Response:
        app = self._authenticate(request)
        form = await _read_form(request)
        grant_type = self._grant_types.get(form.pop("grant_type", ""))
        if grant_type is None:
            raise _OAuthError(400, "unsupported_grant_type", "The grant type is not supported.")
        _check_fields(form, grant_type.fields)
        _check_realm(request, app, needed=grant_type.needs_realm)
        grant = grant_type.find(app, form)
        access_token = grant.issue(self._world.token_lifetime)
        answer: dict[str, Any] = {
            "access_token": access_token,
            "refresh_token": grant.refresh_token,
            "scope": " ".join(grant.scopes),
            "token_type": "Bearer",
            "expires_in": self._world.token_lifetime,
        }
        if grant.account.id_token:
            answer["id_token"] = _id_token(grant)
        return web.json_response(answer)

    def _redeem_code(self, app: App, form: dict[str, str]) -> Grant:
        code = self._codes.pop(form["code"], None)
        if code is None or code.authorization.app is not app or code.authorization.redirect_uri != form["redirect_uri"]:
            raise _invalid_grant()
        grant = Grant(code.account, app, code.authorization.scopes)
        self._world.grants.add(grant)
        return grant

    def _find_by_refresh_token(self, app: App, form: dict[str, str]) -> Grant:
        grant = self._world.grants.by_refresh_token(form["refresh_token"])
        if grant is None or grant.app is not app:
            raise _invalid_grant()
        return grant

    async def _revoke(self, request: web.Request) -> web.Response:
        app = self._authenticate(request)
        form = await _read_form(request)
        _check_fields(form, {"token"})
        _check_realm(request, app, needed=True)
        self._world.grants.revoke(form["token"])
        return web.json_response({})

    def _authenticate(self, request: web.Request) -> App:
        given = request.headers.get("Authorization", "")
        for app in self._world.apps.values():
            credentials = base64.b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()
            if secrets.compare_digest(given.encode(), f"Basic {credentials}".encode()):
                return app
        raise _OAuthError(401, "invalid_client", "Client authentication failed.")


@dataclass(frozen=True)
class _GrantType:
    """A grant type of the token endpoint: the form fields it takes, and how to find the grant."""

    fields: set[str]
    find: Callable[[App, dict[str, str]], Grant]
    needs_realm: bool = False


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except _PageError as error:
        return _page("Something is wrong", f"<p>{escape(str(error))}</p>", status=400)
    except _OAuthError as error:
        body = {"error": error.error, "error_description": str(error)}
        return web.json_response(body, status=error.status)
    except web.HTTPException as error:
        return web.json_response({"error": "invalid_request"}, status=error.status)


def _refuse(request: web.Request, authorization: _AuthorizationRequest) -> web.Response | None:
    if request.query["response_type"] != "code":
        return authorization.redirect(error="unsupported_response_type")
    if not authorization.scopes or not set(authorization.scopes) <= set(authorization.app.scopes):
        return authorization.redirect(error="invalid_scope")
    return None


def _page(title: str, content: str, status: int = 200) -> web.Response:
    text = _PAGE.format(title=title, content=content)
    return web.Response(status=status, text=text, content_type="text/html")


async def _read_form(request: web.Request) -> dict[str, str]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise _OAuthError(400, "invalid_request", "The body is not a form.")
    return {key: str(value) for key, value in (await request.post()).items()}


def _invalid_grant() -> _OAuthError:
    description = "The provided access grant is invalid, expired, or revoked."
    return _OAuthError(400, "invalid_grant", description)


def _check_fields(form: dict[str, str], fields: set[str]) -> None:
    if form.keys() != fields:
        raise _OAuthError(400, "invalid_request", f"The form needs {', '.join(sorted(fields))}.")


def _check_realm(request: web.Request, app: App, *, needed: bool) -> None:
    realms = request.query.getall("realm", [])
    if realms != [app.realm] and (needed or realms):
        raise _OAuthError(400, "invalid_request", "The realm is missing or not the app's.")


def _id_token(grant: Grant) -> str:
    now = int(time.time())
    claims = {
        "sub": grant.account.subject,
        "aud": grant.app.client_id,
        "realm": grant.app.realm,
        "iat": now,
        "exp": now + 3600,
    }
    return jwt.encode(claims, grant.app.client_secret, algorithm="HS256")
