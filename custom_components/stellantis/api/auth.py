"""Brands, realms and hosts of the vendor; the token requests (docs/vendor-api.md, "OAuth2")."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import ClientSession
import jwt

from .errors import (
    AuthenticationError,
    BadAnswerError,
    BadRequestError,
    ClientCredentialsError,
    ForbiddenError,
    NoDataError,
)
from .http import request

API_URL: Final = "https://api-cert.groupe-psa.com/connectedcar/v4"


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
        try:
            return await request(
                self.session,
                "POST",
                f"{self.oauth_url}/{path}",
                params=query,
                data=form,
                headers={"Authorization": f"Basic {basic}", "Accept": "application/json"},
            )
        except AuthenticationError as err:
            raise ClientCredentialsError from err
        except BadRequestError as err:
            if err.error == "invalid_client":
                raise ClientCredentialsError from err
            if err.error == "invalid_grant":
                raise AuthenticationError from err
            raise
        except (ForbiddenError, NoDataError) as err:
            # 403 and 404 are about cars; the identity provider has no cars.
            raise BadAnswerError(f"{path} was answered by {err!r}") from err


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
        return {**token, "expires_in": int(token["expires_in"])}
    except KeyError, TypeError, ValueError, OverflowError:
        raise BadAnswerError("a token answer without expires_in") from None


def subject(token: dict[str, Any]) -> str | None:
    """Read the account's `sub` out of the token's `id_token`; None if there is none.

    The signature is not checked: the token came from the identity provider itself, over TLS.
    """
    try:
        claims = jwt.decode(token["id_token"], options={"verify_signature": False})
    except KeyError, jwt.InvalidTokenError:
        return None
    return str(claims["sub"]) if claims.get("sub") else None
