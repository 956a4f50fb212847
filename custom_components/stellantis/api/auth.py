"""Brands, realms and hosts of the vendor; the token requests (docs/vendor-api.md, "OAuth2")."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
import math
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout
import jwt

from .errors import AuthenticationError, BadAnswerError, ClientCredentialsError, StellantisError, VendorError
from .http import request

API_URL: Final = "https://api-cert.groupe-psa.com/connectedcar/v4"
PASSING_WORDS: Final = ("server_error", "temporarily_unavailable")
"""The errors of RFC 6749, 4.1.2.1, that end by themselves. Token requests are answered with them too."""
_PAGE_TIMEOUT: Final = ClientTimeout(total=10)
_LONGEST_LIFETIME: Final = 10 * 365 * 86400


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand as the vendor's identity provider knows it."""

    name: str
    realm: str
    oauth_url: str


def _brand(name: str, tld: str, realm: str) -> Brand:
    return Brand(name, realm, f"https://idpcvs.{tld}/am/oauth2")


BRANDS: Final = {
    "peugeot": _brand("Peugeot", "peugeot.com", "clientsB2CPeugeot"),
    "citroen": _brand("Citroën", "citroen.com", "clientsB2CCitroen"),
    "ds": _brand("DS", "driveds.com", "clientsB2CDS"),
    "opel": _brand("Opel", "opel.com", "clientsB2COpel"),
    "vauxhall": _brand("Vauxhall", "vauxhall.co.uk", "clientsB2CVauxhall"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProvider:
    """The token requests of one app.

    A token is the answer's JSON object: `access_token`, `expires_in` (seconds) and the vendor's other keys.
    """

    session: ClientSession
    oauth_url: str
    realm: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def authorize_url(self) -> str:
        """Where the user's browser goes for consent."""
        return f"{self.oauth_url}/authorize"

    async def knows_app(self, url: str) -> bool:
        """Ask for the page of the sign-in, and tell whether it is one; a wrong client id leads to a page of errors.

        An identity provider that does not answer says nothing about the app.
        """
        try:
            async with self.session.get(url, allow_redirects=False, timeout=_PAGE_TIMEOUT) as answer:
                return answer.status != HTTPStatus.BAD_REQUEST
        except ClientError, TimeoutError:
            return True

    async def exchange_code(self, code: str, redirect_uri: str) -> dict[str, Any]:
        """Turn the code of the redirect into a token.

        Raises AuthenticationError for a code that is not accepted, ClientCredentialsError for a wrong client id or
        secret, and the errors of a request that is not answered.
        """
        form = {"grant_type": "authorization_code", "redirect_uri": redirect_uri, "code": code}
        return _check_token(await self._post("access_token", form))

    async def refresh(self, refresh_token: str) -> dict[str, Any]:
        """Turn a refresh token into a new token, which may bring a new refresh token. Raises as `exchange_code`."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return _check_token(await self._post("access_token", form, realm=self.realm))

    async def revoke(self, token: str) -> None:
        """Make the vendor forget a token. Raises as `exchange_code`."""
        await self._post("token/revoke", {"token": token}, realm=self.realm)

    async def _post(self, path: str, form: dict[str, str], **query: str) -> dict[str, Any]:
        # The vendor wants id and secret as they are; RFC 6749 would form-encode them first.
        basic = b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        answer = await request(
            self.session,
            "POST",
            f"{self.oauth_url}/{path}",
            params=query,
            data=form,
            headers={"Authorization": f"Basic {basic}", "Accept": "application/json"},
            explain=_explain,
            secrets=(self.client_secret, basic, *(form.get(key, "") for key in ("code", "refresh_token", "token"))),
        )
        if err := _explain(200, answer):
            raise err
        return answer


def _explain(status: int, body: Mapping[str, Any] | None) -> StellantisError | None:
    """Return the error of a refused token request; None if the status says it all.

    The body counts more than the status: the identity provider sends its errors (RFC 6749, 5.2) with any status, and
    the gateway in front of it has statuses of its own.
    """
    match status, _error_word(body):
        case 429, _:
            return None
        case _, "invalid_client":
            return ClientCredentialsError()
        case _, "invalid_grant":
            return AuthenticationError()
        case _, word if word in PASSING_WORDS:
            return VendorError(status)
        case 401, "":
            # Without a body it is the answer to a wrong secret (RFC 6749, 5.2); any other body is the gateway's.
            return ClientCredentialsError() if body == {} else VendorError(status)
        case (400, "") | ((403 | 404), _):
            # The gateway's too: it says nothing of the grant. 403 and 404 are about cars, which are not asked for here.
            return BadAnswerError(f"HTTP {status}")
    return None


def _error_word(answer: Mapping[str, Any] | None) -> str:
    """Return the `error` of a refusal in lower case; an empty text if there is none."""
    error = (answer or {}).get("error")
    return error.strip().casefold() if isinstance(error, str) else ""


def _check_token(token: dict[str, Any]) -> dict[str, Any]:
    """Refuse a token that could not be used or kept, before anybody logs it."""
    access_token = token.get("access_token")
    # The token is sent in a header: a line break in it would inject another header.
    if (
        not isinstance(access_token, str)
        or not access_token
        or not (access_token.isascii() and access_token.isprintable())
    ):
        raise BadAnswerError("a token answer without access_token")
    try:
        lifetime = int(min(max(float(token["expires_in"]), 0.0), _LONGEST_LIFETIME))
    except KeyError, TypeError, ValueError, OverflowError:
        raise BadAnswerError("a token answer without expires_in") from None
    # The token is stored together with all other entries: a value that cannot be written would cost them all.
    kept = {key: value for key, value in token.items() if is_storable(key) and is_storable(value)}
    refresh_token = kept.get("refresh_token")
    if not isinstance(refresh_token, str) or not refresh_token:
        kept.pop("refresh_token", None)  # that of before stays valid
    return {**kept, "expires_in": lifetime}


def is_storable(value: object) -> bool:
    """Tell whether Home Assistant can write a value of an answer to disk."""
    match value:
        case None | bool():
            return True
        case int():
            return -(2**63) <= value < 2**63
        case float():
            return math.isfinite(value)
        case str():
            return not any("\ud800" <= character <= "\udfff" for character in value)
    return False


def subject(token: dict[str, Any]) -> str | None:
    """Read the account's `sub` out of the token's `id_token`; None if there is none.

    The signature is not checked: the token came from the identity provider itself, over TLS.
    """
    try:
        claims = jwt.decode(token["id_token"], options={"verify_signature": False})
    except KeyError, jwt.InvalidTokenError:
        return None
    found = claims.get("sub")
    return str(found) if found and is_storable(found) else None
