"""Credentials in, account out: one form, the browser for consent, done."""

from collections.abc import Mapping, Sequence
import logging
import secrets
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components import webhook
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_WEBHOOK_ID, UnitOfRatio, UnitOfTime
from homeassistant.core import callback
from homeassistant.data_entry_flow import UnknownFlow, section
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from yarl import URL

from .account import (
    async_load_credentials,
    async_try_firebase,
    create_client,
    get_removals,
    possible_deliveries,
)
from .api.auth import API_URL, BRANDS, PASSING_WORDS, subject
from .api.errors import CertificateError, StellantisError, anonymous
from .api.scopes import Scope
from .const import (
    CONF_ADVANCED,
    CONF_API_URL,
    CONF_BRAND,
    CONF_CA_CERTIFICATE_PATH,
    CONF_CALLBACK_SECRET,
    CONF_CERTIFICATE_PATH,
    CONF_CHARGING_LOSS,
    CONF_CHARGING_REFRESH,
    CONF_DELIVERY,
    CONF_ENERGY_PRICE_ENTITY,
    CONF_ENERGY_PRICE_ZONE,
    CONF_FIREBASE_API_KEY,
    CONF_FIREBASE_APP_ID,
    CONF_FIREBASE_CREDENTIALS,
    CONF_FIREBASE_PROJECT_ID,
    CONF_FIREBASE_SENDER_ID,
    CONF_KEEP_POSITIONS,
    CONF_MOVING_REFRESH,
    CONF_OAUTH_URL,
    CONF_POLL_INTERVAL,
    CONF_PRIVATE_KEY_PASSWORD,
    CONF_PRIVATE_KEY_PATH,
    CONF_PUSHED_POLL_INTERVAL,
    CONF_REALM,
    CONF_SCOPE_SEPARATOR,
    CONF_SCOPES,
    CONF_WAKE_UP_LIMIT,
    DOMAIN,
    Delivery,
    default_options,
    delivery_of,
)
from .oauth import FreshToken, StellantisOAuth2Implementation
from .sign_in import sign_in
from .translate import error_key, error_placeholders
from .unique_id import account_of, fold, unique_id

if TYPE_CHECKING:
    import probatio as vol  # since 2026.10 Home Assistant replaces voluptuous with it
else:
    import voluptuous as vol

_LOGGER = logging.getLogger(__name__)

DOCUMENTATION: Final = "https://github.com/ha-stellantis/ha-stellantis#readme"

_TEXT: Final = TextSelector()
_PASSWORD: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
_URL: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_SCOPES: Final = [scope.value for scope in Scope]
_SECRETS: Final = (CONF_CLIENT_SECRET, CONF_PRIVATE_KEY_PASSWORD)

_ADVANCED_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_API_URL): _URL,
        vol.Optional(CONF_OAUTH_URL): _URL,
        vol.Required(CONF_SCOPE_SEPARATOR, default="comma"): SelectSelector(
            SelectSelectorConfig(options=["comma", "space"], translation_key=CONF_SCOPE_SEPARATOR)
        ),
    }
)


_FIREBASE_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_FIREBASE_PROJECT_ID): _TEXT,
        vol.Required(CONF_FIREBASE_APP_ID): _TEXT,
        vol.Required(CONF_FIREBASE_API_KEY): _TEXT,
        vol.Required(CONF_FIREBASE_SENDER_ID): _TEXT,
    }
)


def _schema(secret: vol.Marker, deliveries: Sequence[str]) -> vol.Schema:
    # A push notification needs what only some have, so it is nobody's default.
    default = next(each for each in deliveries if each != Delivery.PUSH_NOTIFICATION)
    return vol.Schema(
        {
            vol.Required(CONF_BRAND): SelectSelector(
                SelectSelectorConfig(options=list(BRANDS), translation_key=CONF_BRAND, mode=SelectSelectorMode.DROPDOWN)
            ),
            vol.Optional(CONF_REALM): _TEXT,
            vol.Required(CONF_CLIENT_ID): _TEXT,
            secret: _PASSWORD,
            vol.Required(CONF_CERTIFICATE_PATH): _TEXT,
            vol.Required(CONF_PRIVATE_KEY_PATH): _TEXT,
            vol.Optional(CONF_PRIVATE_KEY_PASSWORD): _PASSWORD,
            vol.Optional(CONF_CA_CERTIFICATE_PATH): _TEXT,
            vol.Required(CONF_SCOPES, default=_SCOPES): SelectSelector(
                SelectSelectorConfig(options=_SCOPES, multiple=True, mode=SelectSelectorMode.DROPDOWN)
            ),
            vol.Required(CONF_DELIVERY, default=default): SelectSelector(
                SelectSelectorConfig(
                    options=list(deliveries), translation_key=CONF_DELIVERY, mode=SelectSelectorMode.LIST
                )
            ),
            vol.Required(CONF_ADVANCED): section(_ADVANCED_SCHEMA, {"collapsed": True}),
        }
    )


# The least and the most of each option, and its unit.
_OPTIONS: Final = {
    CONF_PUSHED_POLL_INTERVAL: (60, 1440, UnitOfTime.MINUTES),
    CONF_POLL_INTERVAL: (15, 1440, UnitOfTime.MINUTES),
    CONF_CHARGING_REFRESH: (1, 60, UnitOfTime.MINUTES),
    CONF_MOVING_REFRESH: (1, 60, UnitOfTime.MINUTES),
    CONF_WAKE_UP_LIMIT: (0, 1000, None),
    CONF_CHARGING_LOSS: (0, 50, UnitOfRatio.PERCENTAGE),
}


# The domains of the entity of each option.
_ENTITY_OPTIONS: Final = {
    CONF_ENERGY_PRICE_ENTITY: ("sensor", "input_number"),
    CONF_ENERGY_PRICE_ZONE: ("zone",),
}


def _options_schema(delivery: str) -> vol.Schema:
    defaults = default_options(delivery)
    return vol.Schema(
        {
            vol.Required(key, default=defaults[key]): vol.All(
                NumberSelector(
                    NumberSelectorConfig(
                        min=fewest,
                        max=most,
                        step=1,
                        mode=NumberSelectorMode.BOX,
                        **({"unit_of_measurement": unit} if unit else {}),
                    )
                ),
                vol.Coerce(int),
            )
            for key, (fewest, most, unit) in _OPTIONS.items()
        }
        | {vol.Required(CONF_KEEP_POSITIONS, default=defaults[CONF_KEEP_POSITIONS]): BooleanSelector()}
        | {
            # Without a price no zone is needed. Optional, or nobody could take a price away again.
            vol.Optional(key): EntitySelector(EntitySelectorConfig(domain=list(domains)))
            for key, domains in _ENTITY_OPTIONS.items()
        }
    )


# The form accepts a text of blanks.
_REQUIRED: Final = (CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_CERTIFICATE_PATH, CONF_PRIVATE_KEY_PATH)
_FIELDS: Final = {
    *(str(key) for key in _schema(vol.Required(CONF_CLIENT_SECRET), list(Delivery)).schema if key != CONF_ADVANCED),
    *(str(key) for key in _ADVANCED_SCHEMA.schema),
}

# The field that an error belongs to; any other error belongs to the form as a whole.
_FILE_FIELDS: Final = {
    "certificate": CONF_CERTIFICATE_PATH,
    "private_key": CONF_PRIVATE_KEY_PATH,
    "private_key_password": CONF_PRIVATE_KEY_PASSWORD,
    "ca": CONF_CA_CERTIFICATE_PATH,
}
_API_FIELDS: Final = {
    "certificate_refused": CONF_CERTIFICATE_PATH,
    "forbidden": CONF_SCOPES,
    "hung_up": CONF_CERTIFICATE_PATH,
    "no_access_plan": CONF_CLIENT_ID,
    "server_not_trusted": CONF_CA_CERTIFICATE_PATH,
    "token_refused": CONF_REALM,
}
_FIREBASE_FIELDS: Final = {
    "firebase_api_key_refused": CONF_FIREBASE_API_KEY,
    "firebase_app_refused": CONF_FIREBASE_APP_ID,
    "firebase_project_refused": CONF_FIREBASE_PROJECT_ID,
}
# Errors with another meaning when they come from the API: a token of another realm is refused in the same way.
_API_ERRORS: Final = {"token_refused": "invalid_auth"}
# Errors with another meaning when they come from the identity provider.
_TOKEN_ERRORS: Final = {
    "cannot_connect": "identity_provider_unreachable",
    "certificate_refused": "identity_provider_not_trusted",
    "hung_up": "identity_provider_unreachable",
    "invalid_auth": "code_refused",
    "server_not_trusted": "identity_provider_not_trusted",
}
# Errors that the identity provider sends to the browser in place of a code, and the field that each belongs to.
_REJECTIONS: Final = {
    "invalid_client": CONF_CLIENT_ID,
    "invalid_scope": CONF_SCOPES,
    "unauthorized_client": CONF_CLIENT_ID,
}


class StellantisFlowHandler(AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Add an account, sign in again, or change what was typed."""

    DOMAIN = DOMAIN
    # Since 2 the unique id has the brand in the place of the realm, since 3 the data has the way of delivery.
    MINOR_VERSION = 3

    _data: dict[str, Any]
    _firebase: Mapping[str, Any] = {}
    # An entry's data with a token that no entry keeps yet.
    _unkept: dict[str, Any] | None = None
    _closed = False

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> StellantisOptionsFlow:
        return StellantisOptionsFlow()

    @property
    @override
    def logger(self) -> logging.Logger:
        return _LOGGER

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the credentials, check them as far as that can be done here, then go to the browser."""
        if user_input is None:
            return self._show_form()
        self._data = self._read(user_input)
        if errors := _check(self._data):
            return self._show_form(errors)
        return await self._async_authorize(ask_for_firebase=self._data[CONF_DELIVERY] == Delivery.PUSH_NOTIFICATION)

    async def async_step_firebase(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Register with the Firebase project, then go to the browser."""
        if user_input is None:  # somebody has come back to the form
            return self._show_firebase_form()
        self._firebase = values = {key: value.strip() for key, value in user_input.items()}
        if errors := {key: "required" for key, value in values.items() if not value}:
            return self._show_firebase_form(errors)
        before = {} if self.source == SOURCE_USER else self._entry.data
        # A device of the same project stays the entry's: until the flow ends, Google may have made it another one.
        if CONF_FIREBASE_CREDENTIALS not in before or any(before.get(key) != value for key, value in values.items()):
            try:
                self._data[CONF_FIREBASE_CREDENTIALS] = await async_try_firebase(self.hass, values)
            except StellantisError as err:
                key = error_key(err)
                return self._show_firebase_form({_FIREBASE_FIELDS.get(key, "base"): key}, error_placeholders(err))
        self._data |= values
        return await self._async_authorize()

    async def async_step_reconfigure(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change what was typed."""
        self._data = _typed(self._get_reconfigure_entry().data)
        return self._show_form()

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Sign in again with what was typed before."""
        self._data = _typed(entry_data)
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Wait for the user, then go to the browser."""
        if user_input is None:
            return self.async_show_form(step_id="reauth_confirm")
        return await self._async_authorize()

    async def _async_authorize(self, *, ask_for_firebase: bool = False) -> ConfigFlowResult:
        try:
            await async_load_credentials(self.hass, self._data)
        except CertificateError as err:
            return self._show_error(err, _FILE_FIELDS[err.file])
        if ask_for_firebase:
            return self._show_firebase_form()
        self.flow_impl = StellantisOAuth2Implementation(self.hass, self._data)
        return await self.async_step_auth()

    @override
    async def async_step_authorize_rejected(self, data: None = None) -> ConfigFlowResult:
        """End the flow if the user did not consent; show the form again if the sign-in failed for another reason."""
        error = str(self.external_data["error"])
        if error == "access_denied":
            return await super().async_step_authorize_rejected()
        if error in _REJECTIONS:
            return self._show_form({_REJECTIONS[error]: error})
        if error in PASSING_WORDS:
            return self._show_form({"base": "sign_in_failed"})
        return self._show_form({"base": "rejected"}, {"message": anonymous(error)})

    @override
    async def async_step_creation(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Turn the browser's code into a token and try the API with it, before anything is kept."""
        implementation = StellantisOAuth2Implementation(self.hass, self._data)
        try:
            token = await implementation.async_resolve_external_data(self.external_data)
        except StellantisError as err:
            key = error_key(err)
            field = CONF_CLIENT_SECRET if key == "invalid_client" else "base"
            return self._show_error(err, field, _TOKEN_ERRORS.get(key))
        self._unkept = {**self._data, "token": token}
        try:
            credentials = await async_load_credentials(self.hass, self._data)
            client = create_client(self.hass, self._data, credentials, FreshToken(token))
            account = (None if self._is_known_by_address else subject(token)) or await client.user_email()
            vehicles = await client.vehicles()
        except CertificateError as err:
            return self._show_error(err, _FILE_FIELDS[err.file])
        except StellantisError as err:
            key = error_key(err)
            return self._show_error(err, _API_FIELDS.get(key, "base"), _API_ERRORS.get(key))
        if self._closed:
            self._give_back()
            raise UnknownFlow
        if account is None:
            return self._show_form({"base": "no_account"})
        if not vehicles and self.source == SOURCE_USER:  # the vendor forgets cars of accounts for days
            return self._show_form({"base": "no_vehicles"})
        return await self._async_finish(account, token)

    async def _async_finish(self, account: str, token: dict[str, Any]) -> ConfigFlowResult:
        data = {**self._data, "token": token}
        if self.source != SOURCE_USER:
            return await self._async_change(account, data)
        # A request to sign in again has the unique id too: it must not stand in the way.
        await self.async_set_unique_id(unique_id(data, account), raise_on_progress=False)
        self._abort_if_unique_id_configured()
        self._unkept = None
        return self.async_create_entry(
            # Not the e-mail address: Home Assistant writes titles into its log.
            title=BRANDS[data[CONF_BRAND]].name,
            data={
                **data,
                CONF_WEBHOOK_ID: webhook.async_generate_id(),
                CONF_CALLBACK_SECRET: secrets.token_urlsafe(32),
            },
        )

    async def _async_change(self, account: str, data: dict[str, Any]) -> ConfigFlowResult:
        """Give the entry this data. The account stays; its brand and realm may have been corrected."""
        entry, before = self._entry, self._entry.data
        if account_of(entry) != fold(account):
            return self.async_abort(reason="wrong_account")
        changed = unique_id(data, account)
        if self.hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, changed) not in (None, entry):
            if data[CONF_BRAND] != before[CONF_BRAND]:
                return self.async_abort(reason="already_configured")
            changed = str(entry.unique_id)  # an account that has been there twice since before version 1.2
        self._unkept = None
        if entry.state is ConfigEntryState.LOADED:
            # Unload first: a refresh of the old token that ends later would overwrite the new one.
            await self.hass.config_entries.async_unload(entry.entry_id)
        before = entry.data
        sign_in(self.hass, entry).async_forget()
        dropped = set() if data[CONF_DELIVERY] == Delivery.PUSH_NOTIFICATION else {CONF_FIREBASE_CREDENTIALS}
        kept = {key: value for key, value in before.items() if key not in _FIELDS | dropped}
        result = self.async_update_reload_and_abort(entry, unique_id=changed, data={**kept, **data})
        if before[CONF_CLIENT_ID] != data[CONF_CLIENT_ID]:
            # Only the old app can delete its callback. The old token of the same app is left alone: if the vendor has
            # one grant for each app and user, revoking it would end the new one.
            self.hass.async_create_task(get_removals(self.hass).async_add(before, entry_id=entry.entry_id))
        return result

    @callback
    @override
    def async_remove(self) -> None:
        """Do without the token of a flow that ends without an entry, also if it is only about to come."""
        self._closed = True
        self._give_back()

    @callback
    def _give_back(self) -> None:
        """Have the vendor forget a token that no entry keeps."""
        if self._unkept:
            self.hass.async_create_task(get_removals(self.hass).async_add(self._unkept))
            self._unkept = None

    @property
    def _is_known_by_address(self) -> bool:
        """Whether the entry that is being changed is from a time when the vendor's tokens named no subject."""
        return self.source != SOURCE_USER and "@" in (account_of(self._entry) or "")

    @property
    def _entry(self) -> ConfigEntry:
        """The entry that is being changed."""
        return self._get_reauth_entry() if self.source == SOURCE_REAUTH else self._get_reconfigure_entry()

    def _read(self, user_input: Mapping[str, Any]) -> dict[str, Any]:
        """Turn the form into an entry's data, with the defaults of the brand where nothing was typed."""
        typed = {**user_input, **user_input.get(CONF_ADVANCED, {})}
        data = {
            key: value.strip() if isinstance(value, str) and key != CONF_PRIVATE_KEY_PASSWORD else value
            for key, value in typed.items()
            if key in _FIELDS
        }
        data = {key: value for key, value in data.items() if value}
        if self.source != SOURCE_USER:
            data = {**{key: self._entry.data[key] for key in _SECRETS if key in self._entry.data}, **data}
        return {**_defaults(data[CONF_BRAND]), **data, CONF_SCOPES: user_input[CONF_SCOPES]}

    @property
    def _schema(self) -> vol.Schema:
        """The form with what can be chosen here; an entry that is changed may keep its secrets and its way."""
        possible = possible_deliveries(self.hass)
        if self.source == SOURCE_USER:
            return _schema(vol.Required(CONF_CLIENT_SECRET), possible)
        current = delivery_of(self._entry.data)
        deliveries = [each for each in Delivery if each in possible or each == current]
        return _schema(vol.Optional(CONF_CLIENT_SECRET), deliveries)

    def _show_error(self, err: StellantisError, field: str, key: str | None = None) -> ConfigFlowResult:
        self.logger.debug("The form is shown again: %r", err)
        return self._show_form({field: key or error_key(err)}, error_placeholders(err))

    def _show_form(
        self, errors: dict[str, str] | None = None, placeholders: Mapping[str, str] | None = None
    ) -> ConfigFlowResult:
        """Show the form with what was typed, secrets and the brand's defaults aside."""
        self._give_back()
        data = getattr(self, "_data", {})
        defaults = _defaults(data[CONF_BRAND]) if data else {}
        typed = {key: value for key, value in data.items() if key not in _SECRETS and value != defaults.get(key)}
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(self._schema, {**typed, CONF_ADVANCED: typed}),
            errors=errors,
            description_placeholders={"documentation": DOCUMENTATION, **(placeholders or {})},
        )

    def _show_firebase_form(
        self, errors: dict[str, str] | None = None, placeholders: Mapping[str, str] | None = None
    ) -> ConfigFlowResult:
        """Show the form of the Firebase project with what was typed, now or before."""
        before = {} if self.source == SOURCE_USER else self._entry.data
        return self.async_show_form(
            step_id="firebase",
            data_schema=self.add_suggested_values_to_schema(_FIREBASE_SCHEMA, {**before, **self._firebase}),
            errors=errors,
            description_placeholders={"documentation": DOCUMENTATION, **(placeholders or {})},
        )


class StellantisOptionsFlow(OptionsFlowWithReload):
    """Choose how often cars are polled and woken and report, what is kept of trips, and what a charge costs."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                _options_schema(delivery_of(self.config_entry.data)), self.config_entry.options
            ),
        )


def _defaults(brand: str) -> dict[str, str]:
    return {
        CONF_REALM: BRANDS[brand].realm,
        CONF_API_URL: API_URL,
        CONF_OAUTH_URL: BRANDS[brand].oauth_url,
    }


def _typed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an entry's data that was typed."""
    return {key: value for key, value in data.items() if key in _FIELDS}


def _check(data: Mapping[str, Any]) -> dict[str, str]:
    """Check what can be checked without a file or a request."""
    if missing := [key for key in _REQUIRED if key not in data]:
        return dict.fromkeys(missing, "required")
    if not data[CONF_SCOPES]:
        return {CONF_SCOPES: "no_scopes"}
    if not all(_is_https(data[key]) for key in (CONF_API_URL, CONF_OAUTH_URL)):
        return {"base": "invalid_url"}
    return {}


def _is_https(url: str) -> bool:
    try:
        parsed = URL(url)
    except ValueError:
        return False
    return parsed.scheme == "https" and bool(parsed.host)
