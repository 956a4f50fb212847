"""Names that more than one module uses."""

from typing import Final

DOMAIN: Final = "stellantis"

CONF_ADVANCED: Final = "advanced"
CONF_API_URL: Final = "api_url"
CONF_BRAND: Final = "brand"
CONF_CA_CERTIFICATE_PATH: Final = "ca_certificate_path"
CONF_CALLBACK_ID: Final = "callback_id"
CONF_CALLBACK_SECRET: Final = "callback_secret"
CONF_CERTIFICATE_PATH: Final = "certificate_path"
CONF_CLOUDHOOK_URL: Final = "cloudhook_url"
CONF_OAUTH_URL: Final = "oauth_url"
CONF_PRIVATE_KEY_PASSWORD: Final = "private_key_password"
CONF_PRIVATE_KEY_PATH: Final = "private_key_path"
CONF_REALM: Final = "realm"
CONF_SCOPE_SEPARATOR: Final = "scope_separator"
CONF_SCOPES: Final = "scopes"
CONF_TUTORIAL_SPELLINGS: Final = "tutorial_spellings"
