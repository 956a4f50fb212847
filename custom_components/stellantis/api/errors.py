"""The errors that a caller of the API can tell apart."""

from collections.abc import Mapping
import re
from typing import Any

from .lenient import as_text

# An e-mail address, or a long word with digits, may identify the user or the car, or be a secret. A number with three
# decimals may be a position.
_IDENTIFYING = re.compile(r"(?<!\S)\S*@\S*|(?<![\w.-])(?=[\w.-]*\d)[\w.-]{16,}|(?<![\w.])-?\d{1,3}\.\d{3,}(?![\w.])")


def anonymous(text: str) -> str:
    """Return a text with a dot in place of each word that could identify the user or the car, or be a secret."""
    return _IDENTIFYING.sub("…", text)


class StellantisError(Exception):
    """The base of all errors that the integration can explain.

    `before_request` is whether there was no access token to send the request with, so that the vendor has not got it.
    """

    before_request = False


class AuthenticationError(StellantisError):
    """The access token, or the grant behind it, is not (or no longer) accepted."""


class ClientCredentialsError(StellantisError):
    """The identity provider does not accept the client id and secret."""


class TokenRefusedError(StellantisError):
    """The API does not accept a token that the identity provider has just issued: its gateway does so for a while."""


class SignInError(StellantisError):
    """The identity provider has refused the sign-in, and is not asked again yet."""

    def __init__(self, cause: StellantisError | None = None, retry_after: float = 0.0, *, lost: bool = False) -> None:
        """Keep its `cause`, the seconds until the next try, and whether a second refusal has confirmed the first."""
        self.cause = cause or AuthenticationError()
        self.retry_after = retry_after
        self.lost = lost
        super().__init__(f"{self.cause!r}, asked again in {retry_after:.0f} s")


class AccessPlanError(StellantisError):
    """The app is not subscribed to an access plan of the API (`Not registered to plan`)."""


class ForbiddenError(StellantisError):
    """The user's consent does not cover this request, or the car is not the user's (403)."""


class NoDataError(StellantisError):
    """The vendor knows nothing under this address (404)."""

    def __init__(self, body: Mapping[str, Any] | None = None) -> None:
        """Keep `known_address`: whether the vendor's API says that it has no such data, so that the address is right.

        A gateway, a router or another server answers in words of its own (docs/vendor-api.md, "Reading").
        """
        body = body or {}
        message = body.get("message")
        words = message.strip(" .").casefold() if isinstance(message, str) else ""
        vendors = str(body.get("code")).startswith("404") and words != "not found"
        self.known_address = vendors or "vehicle" in words
        super().__init__()


class BadRequestError(StellantisError):
    """The vendor understood the request and will not carry it out (400 and other 4xx)."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        """Keep the vendor's own words, anonymous."""
        self.status = status
        words = (as_text(body.get(key)) for key in ("error_description", "moreInformation", "message", "error"))
        self.message = next((anonymous(word) for word in words if word), f"HTTP {status}")
        super().__init__(self.message)


class RateLimitError(StellantisError):
    """Too many requests (429)."""

    def __init__(self, retry_after: float) -> None:
        """Keep `retry_after`, the seconds to wait before the next request."""
        self.retry_after = retry_after
        super().__init__(f"Too many requests, wait {retry_after:.0f} s")


class VendorError(StellantisError):
    """The vendor's server failed (5xx)."""

    def __init__(self, status: int, retry_after: float = 0.0) -> None:
        """Keep the HTTP status, and the seconds to wait before the next request if the vendor has named a time."""
        self.status = status
        self.retry_after = retry_after
        super().__init__(f"HTTP {status}")


class BadAnswerError(StellantisError):
    """The answer is not as documented: HTML, half a JSON, a redirect, a missing key."""


class EmptyAnswerError(BadAnswerError):
    """The answer is a success, but has nothing of what was asked for (204, or an object without it)."""


class UnreachableError(StellantisError):
    """There is no connection: no such host, nobody listens, or a time-out. The request has not been sent."""


class NoAnswerError(UnreachableError):
    """The request was sent, but no answer came in time. The vendor may have carried it out."""


class HungUpError(StellantisError):
    """The server closed the connection without an answer. The vendor may have carried the request out."""


class CertificateRefusedError(StellantisError):
    """The server refused the client certificate: in the TLS handshake, or by its answer."""


class ServerNotTrustedError(StellantisError):
    """The CA certificates do not vouch for the server."""


class CertificateError(StellantisError):
    """A certificate file or key cannot be used."""

    def __init__(self, file: str, problem: str, path: object) -> None:
        """Keep which `file` (a field of `CertificateFiles`), its path and which of `certificates.PROBLEMS` it has."""
        self.file = file
        self.problem = problem
        self.path = str(path)
        super().__init__(f"{file}: {problem}")


class MessageError(StellantisError):
    """What was posted to the callback is not a message."""
