"""What can be wrong when an account is added, how the form says so, and what a browser cannot be shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A form that is not accepted, and the errors that it shows all at once.

    `typed` takes the place of what is right; names in braces stand for what the erring vendor says, and `{made}` for
    the folder of the files of people. `vendor` are the ways in which the vendor errs. With `opens` the vendor's window
    opens, and the person presses `decision` in it, if it asks.
    """

    errors: tuple[str, ...]
    typed: Mapping[str, str] = field(default_factory=dict)
    scopes: bool = True
    vendor: Mapping[str, Any] = field(default_factory=dict)
    opens: bool = True
    decision: str = "Allow"


def _fault(error: str, **fault: Any) -> Mistake:
    return Mistake(errors=(error,), vendor={"fault": {"path": "/user/vehicles", **fault}})


def _token_fault(error: str, **fault: Any) -> Mistake:
    return Mistake(errors=(error,), vendor={"fault": {"path": "/access_token", **fault}})


# What can be told without the vendor. The file that cannot be read is a link to itself: a superuser may read any other.
EARLY = (
    Mistake(
        errors=("required", "no_scopes", "file_missing", "file_is_folder", "no_certificate", "invalid_url"),
        typed={
            "client_id": " ",
            "certificate_path": "stellantis/missing.pem",
            "private_key_path": "{made}/folder.pem",
            "ca_certificate_path": "{made}/text.pem",
            "api_url": "http://127.0.0.1",
        },
        scopes=False,
        opens=False,
    ),
    Mistake(
        errors=("certificate_expired", "no_private_key", "file_unreadable"),
        typed={
            "certificate_path": "stellantis/expired.pem",
            "private_key_path": "{made}/text.pem",
            "ca_certificate_path": "{made}/loop.pem",
        },
        opens=False,
    ),
    Mistake(
        errors=("certificate_not_yet_valid", "key_mismatch"),
        typed={"certificate_path": "{made}/tomorrow.pem", "private_key_path": "stellantis/other.key"},
        opens=False,
    ),
    Mistake(errors=("password_missing",), typed={"private_key_path": "stellantis/client.encrypted.key"}, opens=False),
    Mistake(errors=("certificate_needed",), typed={"certificate_path": ""}, opens=False),
    Mistake(errors=("private_key_missing",), typed={"private_key_path": ""}, opens=False),
    Mistake(
        errors=("certificate_unusable",),
        typed={"certificate_path": "{made}/weak.pem", "private_key_path": "{made}/weak.key"},
        opens=False,
    ),
    Mistake(
        errors=("password_wrong",),
        typed={"private_key_path": "stellantis/client.encrypted.key", "private_key_password": "a guess"},
        opens=False,
    ),
)

# What only the vendor can tell.
LATE = (
    Mistake(errors=("consent_denied",), decision="Deny"),
    Mistake(errors=("invalid_client",), typed={"client_secret": "a guess"}),
    Mistake(errors=("invalid_auth",), typed={"realm": "clientsB2CNobody"}),
    Mistake(
        errors=("certificate_refused",),
        typed={"certificate_path": "stellantis/foreign.pem", "private_key_path": "stellantis/foreign.key"},
    ),
    Mistake(errors=("server_not_trusted",), typed={"ca_certificate_path": "stellantis/foreign-ca.pem"}),
    Mistake(
        errors=("server_not_trusted_by_system",), typed={"ca_certificate_path": "", "api_url": "{strange_api_url}"}
    ),
    Mistake(errors=("identity_provider_not_trusted",), typed={"oauth_url": "{strange_oauth_url}"}),
    Mistake(errors=("cannot_connect",), typed={"api_url": "https://127.0.0.1:1"}),
    Mistake(errors=("invalid_scope",), vendor={"app": {"scopes": ["data:trip"]}}, decision=""),
    Mistake(errors=("unauthorized_client",), vendor={"consent": "unauthorized_client"}, decision=""),
    Mistake(errors=("sign_in_failed",), vendor={"consent": "temporarily_unavailable"}, decision=""),
    Mistake(errors=("no_access_plan",), vendor={"account": {"registered_to_plan": False}}),
    Mistake(errors=("no_vehicles",), vendor={"account": {"forgetful": "empty"}}),
    Mistake(errors=("no_account",), vendor={"account": {"id_token": False}, "fault": {"path": "/user", "body": {}}}),
    _token_fault("code_refused", status=400, body={"error": "invalid_grant"}),
    _token_fault("identity_provider_unreachable", drop=True),
    _fault("no_data", status=404),
    _fault("forbidden", status=403),
    _fault("rate_limited", status=429, headers={"Retry-After": "42"}),
    _fault("rejected", status=400, body={"message": "no"}),
    _fault("vendor_error", status=503),
    _fault("bad_answer", body="<html>Welcome</html>"),
    _fault("hung_up", drop=True),
)

# What is wrong with the values of a Firebase project.
FIREBASE = (
    Mistake(errors=("firebase_api_key_refused",), typed={"firebase_api_key": "AIzaSyAGuess"}, opens=False),
    Mistake(errors=("firebase_app_refused",), typed={"firebase_app_id": "1:1:web:1"}, opens=False),
    Mistake(errors=("firebase_project_refused",), typed={"firebase_project_id": "another-project"}, opens=False),
)

# What has a test of its own in test_account.py, because it is more than a row of a table.
TOLD = {
    "error": {"client_id_unknown", "file_not_written", "see_above", "upload_gone"},
    "abort": {"already_configured", "wrong_account"},
}

NOT_TOLD = {
    "error": {
        "firebase_library": "the demo has the library",
        "firebase_registration_refused": "the demo's Google does not fail",
        "google_failed": "the demo's Google does not fail",
        "google_unreachable": "the demo's Google does not fail",
    },
    "abort": {
        "authorize_url_timeout": "the address of the sign-in is known without a request",
        "no_url_available": "a browser always tells Home Assistant its address",
        "reauth_successful": "Home Assistant says it in its own words",
        "reconfigure_successful": "Home Assistant says it in its own words",
    },
}
