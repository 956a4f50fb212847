"""One request: the one place where answers and their absence become errors."""

from collections.abc import Callable, Iterable, Mapping
import logging
import ssl
from typing import Any, Final

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientError,
    ClientOSError,
    ClientPayloadError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    ServerDisconnectedError,
)
from yarl import URL

from .errors import (
    AccessPlanError,
    AuthenticationError,
    BadAnswerError,
    BadRequestError,
    CertificateRefusedError,
    ForbiddenError,
    HungUpError,
    NoAnswerError,
    NoDataError,
    RateLimitError,
    ServerNotTrustedError,
    StellantisError,
    UnreachableError,
    VendorError,
    anonymous,
)
from .lenient import decode, parse_json
from .rate_limits import retry_after

_LOGGER = logging.getLogger(__name__)

# The connection broke, perhaps during the TLS handshake. A connection that was never made is another error.
_BROKEN: Final = (ServerDisconnectedError, BrokenPipeError, ConnectionAbortedError, ConnectionResetError)
_NEVER_CONNECTED: Final = (ClientConnectorError, ConnectionTimeoutError)
_NO_ANSWER: Final = (ClientOSError, TimeoutError)

TIMEOUT: Final = ClientTimeout(total=30, sock_connect=10)
MAX_ANSWER: Final = 8_000_000
"""The longest answer in bytes, unpacked; a page of 60 cars or trips is far shorter."""


# nginx' own statuses for a client certificate that it refuses or misses. As long as nobody has changed its error pages
# it answers 400 with one of these words in their place.
_CERTIFICATE_STATUSES: Final = (495, 496)
_CERTIFICATE_WORDS: Final = ("The SSL certificate error", "No required SSL certificate was sent")
# 4xx that are about the moment, not about the request: time-out, misdirected, too early, and nginx' "client closed".
_PASSING_STATUSES: Final = (408, 421, 425, 499)

_ERRORS: Final[Mapping[int, type[StellantisError]]] = {401: AuthenticationError, 403: ForbiddenError}
_NOT_FOUND: Final = 404
_TOO_MANY_REQUESTS: Final = 429

type Explain = Callable[[int, Mapping[str, Any] | None], StellantisError | None]
"""Returns an error for the status and body of a refusal, or None. The body is None if it is no JSON object."""


async def request(
    session: ClientSession,
    method: str,
    url: str,
    *,
    on_headers: Callable[[Mapping[str, str]], None] | None = None,
    explain: Explain | None = None,
    secrets: Iterable[str] = (),
    **kwargs: Any,
) -> dict[str, Any]:
    """Send a request and return the JSON object of a 2xx answer; an empty body is an empty object.

    `on_headers` is called with the headers of each answer, `explain` with each answer that is none of 2xx, before the
    status decides; `secrets` are left out of what a refusal says;
    `kwargs` go to aiohttp. Raises a StellantisError that says what went wrong.
    """
    try:
        # A redirect would carry the token to a host that nobody chose.
        async with session.request(method, url, timeout=TIMEOUT, allow_redirects=False, **kwargs) as response:
            text = decode(await _read(response))
    except (ClientError, TimeoutError, OSError) as err:
        raise _connection_error(err) from err
    if on_headers:
        on_headers(response.headers)
    _LOGGER.debug("%s %s: %s, %d characters", method, anonymous(URL(url).path), response.status, len(text))
    if 200 <= response.status < 300:  # noqa: PLR2004 - 2xx, as HTTP calls it
        return _parse(text)
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    raise _status_error(response, text, explain)


async def _read(response: ClientResponse) -> bytes:
    """Read the body of an answer; one that does not end must not fill the memory."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise BadAnswerError("the answer is too long")
    return bytes(body)


def _parse(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        answer = parse_json(text)
    except ValueError:
        raise BadAnswerError("the answer is not JSON") from None
    if not isinstance(answer, dict):
        raise BadAnswerError("the answer is not a JSON object")
    return answer


def _status_error(response: ClientResponse, text: str, explain: Explain | None) -> StellantisError:
    try:
        body = _parse(text)
    except BadAnswerError:
        body = None
    status = response.status
    if explain and (explained := explain(status, body)):
        return explained
    if str((body or {}).get("moreInformation")).strip().casefold() == "not registered to plan":
        return AccessPlanError()
    if status in _CERTIFICATE_STATUSES or any(words in text for words in _CERTIFICATE_WORDS):
        return CertificateRefusedError()
    if status == _NOT_FOUND:
        return NoDataError(body or {})
    if status in _ERRORS:
        return _ERRORS[status]()
    if status == _TOO_MANY_REQUESTS:
        return RateLimitError(retry_after(response.headers))
    if status >= 500 or status in _PASSING_STATUSES:  # noqa: PLR2004 - 5xx
        return VendorError(status, retry_after(response.headers) if "Retry-After" in response.headers else 0.0)
    return BadRequestError(status, body or {}) if status >= 400 else BadAnswerError(f"HTTP {status}")  # noqa: PLR2004


def _connection_error(err: Exception) -> StellantisError:
    """Return the error that says why there is no answer.

    Under TLS 1.3 a refused client certificate shows only after the handshake, as the cause of a broken connection.
    """
    cause = err.__cause__
    if isinstance(err, ClientConnectorCertificateError):
        return ServerNotTrustedError()
    if isinstance(cause, ssl.SSLError):
        # A server refuses a certificate with a TLS alert. Any other TLS error means that it does not speak TLS.
        refused = "ALERT" in (cause.reason or "")
        return CertificateRefusedError() if refused else BadAnswerError("the server does not speak TLS")
    if isinstance(err, ClientPayloadError):
        return BadAnswerError("the answer broke off")
    if isinstance(err, ClientResponseError):
        return BadAnswerError("the answer is not HTTP")
    if isinstance(err, _BROKEN) or isinstance(cause, _BROKEN):
        return HungUpError()
    if isinstance(err, _NO_ANSWER) and not isinstance(err, _NEVER_CONNECTED):
        return NoAnswerError()
    return UnreachableError()
