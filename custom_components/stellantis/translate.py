"""The API's errors as translated exceptions of Home Assistant."""

from typing import Final, TypedDict

from .api.errors import (
    AccessPlanError,
    AuthenticationError,
    BadAnswerError,
    BadRequestError,
    CertificateError,
    CertificateRefusedError,
    ClientCredentialsError,
    ForbiddenError,
    HungUpError,
    NoAnswerError,
    NoDataError,
    RateLimitError,
    ServerNotTrustedError,
    StellantisError,
    UnreachableError,
    VendorError,
)
from .api.rate_limits import SavingError
from .const import DOMAIN


class NoCloudhookError(StellantisError):
    """Home Assistant Cloud has no address for the vendor to post to."""


class NoUrlError(StellantisError):
    """The vendor cannot reach this Home Assistant: it has no https address."""


AUTHENTICATION_ERRORS: Final = (AuthenticationError, ClientCredentialsError)
"""The errors that only the user can end, by signing in again."""

PASSING_ERRORS: Final = (BadAnswerError, HungUpError, RateLimitError, UnreachableError, VendorError)
"""The errors that end by themselves."""

_KEYS: Final[dict[type[StellantisError], str]] = {
    AccessPlanError: "no_access_plan",
    AuthenticationError: "invalid_auth",
    BadAnswerError: "bad_answer",
    BadRequestError: "rejected",
    CertificateRefusedError: "certificate_refused",
    ClientCredentialsError: "invalid_client",
    ForbiddenError: "forbidden",
    HungUpError: "hung_up",
    NoAnswerError: "cannot_connect",
    NoDataError: "no_data",
    NoUrlError: "no_url",
    NoCloudhookError: "no_cloudhook",
    RateLimitError: "rate_limited",
    SavingError: "rate_limited",
    ServerNotTrustedError: "server_not_trusted",
    UnreachableError: "cannot_connect",
    VendorError: "vendor_error",
}


class Translation(TypedDict):
    """The arguments of a translated exception of Home Assistant."""

    translation_domain: str
    translation_key: str
    translation_placeholders: dict[str, str]


def translation(key: str, **placeholders: str) -> Translation:
    """Return the arguments of an exception that is translated by this key."""
    return {
        "translation_domain": DOMAIN,
        "translation_key": key,
        "translation_placeholders": placeholders,
    }


def translate(err: StellantisError) -> Translation:
    """Return the arguments of an exception for an error of the API."""
    return translation(error_key(err), **error_placeholders(err))


def error_key(err: StellantisError) -> str:
    """Return the translation key of an error of the API, in forms and in exceptions."""
    return err.problem if isinstance(err, CertificateError) else _KEYS[type(err)]


def error_placeholders(err: StellantisError) -> dict[str, str]:
    """Return the placeholders of the error's sentence."""
    match err:
        case CertificateError():
            return {"path": err.path}
        case RateLimitError():
            return {"seconds": f"{err.retry_after:.0f}"}
        case VendorError():
            return {"status": str(err.status)}
        case BadRequestError():
            return {"message": err.message}
        case _:
            return {}
