"""Check-in and registration: what a client asks by HTTP before it connects."""

from base64 import urlsafe_b64decode
import json
import secrets
import time

from aiohttp import web
from firebase_messaging.proto.checkin_pb2 import AndroidCheckinRequest, AndroidCheckinResponse

from .state import Device, Fault, Faults, Project, Registration


class Web:
    """The HTTP endpoints of one project. They fill `devices`, by Android id, and `registrations`, by token."""

    def __init__(
        self, project: Project, devices: dict[int, Device], registrations: dict[str, Registration], faults: Faults
    ) -> None:
        self._project = project
        self._devices = devices
        self._registrations = registrations
        self._faults = faults
        self._installations: set[str] = set()

    def application(self) -> web.Application:
        """Make the application that answers them."""
        application = web.Application()
        application.router.add_post("/checkin", self._check_in)
        application.router.add_post("/c2dm/register3", self._register)
        application.router.add_post("/v1/projects/{project}/installations", self._install)
        application.router.add_post("/v1/projects/{project}/registrations", self._add_registration)
        return application

    async def _check_in(self, request: web.Request) -> web.Response:
        if self._faults.take(Fault.CHECKIN):
            return web.Response(status=503, text="Service Unavailable")
        asked = AndroidCheckinRequest.FromString(await request.read())
        device = self._devices.get(asked.id)
        if not device or device.security_token != asked.security_token:
            device = Device(android_id=secrets.randbits(62), security_token=secrets.randbits(62))
            self._devices[device.android_id] = device
        answer = AndroidCheckinResponse(
            stats_ok=True,
            time_msec=int(time.time() * 1000),
            android_id=device.android_id,
            security_token=device.security_token,
        )
        return web.Response(body=answer.SerializeToString(), content_type="application/x-protobuf")

    async def _register(self, request: web.Request) -> web.Response:
        form = await request.post()
        if self._faults.take(Fault.REGISTER):
            return web.Response(text="Error=PHONE_REGISTRATION_ERROR")
        device = self._devices.get(int(str(form["device"])))
        if not device or request.headers["Authorization"] != f"AidLogin {device.android_id}:{device.security_token}":
            return web.Response(text="Error=AUTHENTICATION_FAILED")
        token = secrets.token_urlsafe(24)
        device.app_ids[token] = str(form["X-subtype"])
        return web.Response(text=f"token={token}")

    async def _install(self, request: web.Request) -> web.Response:
        asked = json.loads(await request.text())
        if refusal := self._refuse_caller(request):
            return refusal
        if asked["appId"] != self._project.app_id:
            return _refusal(404, "NOT_FOUND", "Requested entity was not found.")
        token = secrets.token_urlsafe(24)
        self._installations.add(token)
        return web.json_response(
            {
                "name": f"projects/{self._project.sender_id}/installations/{asked['fid']}",
                "fid": asked["fid"],
                "refreshToken": secrets.token_urlsafe(24),
                "authToken": {"token": token, "expiresIn": "604800s"},
            }
        )

    async def _add_registration(self, request: web.Request) -> web.Response:
        keys = json.loads(await request.text())["web"]
        if refusal := self._refuse_caller(request):
            return refusal
        known = request.headers["x-goog-firebase-installations-auth"] in self._installations
        if not known or self._faults.take(Fault.REGISTRATION):
            return _refusal(401, "UNAUTHENTICATED", "Request is missing required authentication credential.")
        gcm_token = keys["endpoint"].rpartition("/")[2]
        device = next((device for device in self._devices.values() if gcm_token in device.app_ids), None)
        if not device:
            return _refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument.")
        token = f"{secrets.token_urlsafe(16)}:{secrets.token_urlsafe(100)}"
        self._registrations[token] = Registration(
            device=device,
            gcm_app_id=device.app_ids[gcm_token],
            public_key=_decode(keys["p256dh"]),
            secret=_decode(keys["auth"]),
        )
        return web.json_response({"token": token, "web": keys})

    def _refuse_caller(self, request: web.Request) -> web.Response | None:
        if request.headers.get("x-goog-api-key") != self._project.api_key:
            reason = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
            return _refusal(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", reason)
        if request.match_info["project"] != self._project.project_id:
            return _refusal(403, "PERMISSION_DENIED", "The caller does not have permission")
        return None


def _refusal(code: int, status: str, message: str, *details: dict[str, str]) -> web.Response:
    error = {"code": code, "message": message, "status": status, "details": details}
    return web.json_response({"error": error}, status=code)


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")
