"""The API as a whole: its routes, and the checks that every request has to pass, as strict as the OpenAPI file."""

from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from simulator.base.journal import ENTRY
from simulator.vendor import contract
from simulator.vendor.accounts import Grant
from simulator.vendor.contract import Schema
from simulator.vendor.world import World

from . import callbacks, monitors, reading, remotes
from .answers import ApiError, answer_errors, rate_limits
from .call import BASE, Call, Route

_ROUTES = (*reading.ROUTES, *callbacks.ROUTES, *remotes.ROUTES, *monitors.ROUTES)

_NOT_REGISTERED = {
    "httpCode": "401",
    "httpMessage": "Unauthorized",
    "moreInformation": "Not registered to plan",
}


class Api:
    """The API."""

    def __init__(self, world: World) -> None:
        self._world = world

    def application(self) -> web.Application:
        """Make the server."""
        journal, faults = self._world.journal.middleware(), self._world.faults.middleware(BASE)
        middlewares = [journal, rate_limits(), faults, answer_errors]
        application = web.Application(middlewares=middlewares)
        for route in _ROUTES:
            application.router.add_route(route.method, BASE + route.path, self._checked(route))
        return application

    def _checked(self, route: Route) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            grant = self._find_grant(request)
            if not set(route.scopes) & set(grant.scopes):
                raise ApiError(403, "The token has no scope for this.")
            query = {name: request.query.getall(name) for name in request.query}
            _check(contract.query_schema(*route.query), query)
            body = request[ENTRY].body
            if route.body is None and body is not None:
                raise ApiError(400, "This request has no body.")
            if route.body:
                if request.content_type != "application/json":
                    raise ApiError(400, "The body is not JSON.")
                _check(route.body(self._world.spelling), body)
            return await route.handler(Call(world=self._world, request=request, grant=grant, body=body))

        return handle

    def _find_grant(self, request: web.Request) -> Grant:
        app = self._world.apps.get(request.query.get("client_id", ""))
        if app is None:
            raise ApiError(401, "The client id is missing or unknown.")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        grant = self._world.grants.by_access_token(token) if scheme == "Bearer" else None
        if grant is None or grant.app is not app:
            raise ApiError(401, "The access token is missing, invalid or expired.")
        if request.headers.getall("x-introspect-realm", []) != [app.realm]:
            raise ApiError(401, "The realm is missing or not the token's.")
        if not grant.account.registered_to_plan:
            raise ApiError(401, "Not registered to plan", _NOT_REGISTERED)
        return grant


def _check(schema: Schema, instance: Any) -> None:
    if found := contract.violation(schema, instance):
        raise ApiError(400, found)
