"""Credentials in, account out: one form, the browser for consent, done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    FileSelector,
    FileSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.hass_dict import HassKey
from yarl import URL

from .account import (
    async_check_credentials,
    async_load_credentials,
    async_try_firebase,
    create_client,
    get_removals,
    possible_deliveries,
)
from .api.auth import API_URL, BRANDS, PASSING_WORDS, subject
from .api.certificates import Credentials, UploadedFile
from .api.errors import CertificateError, StellantisError, anonymous
from .api.scopes import Scope
from .const import (
    CONF_ADVANCED,
    CONF_API_URL,
    CONF_BRAND,
    CONF_CA_CERTIFICATE_FILE,
    CONF_CA_CERTIFICATE_PATH,
    CONF_CALLBACK_SECRET,
    CONF_CERTIFICATE_FILE,
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
    CONF_PRIVATE_KEY_FILE,
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
from .language import async_reader_language
from .oauth import FreshToken, StellantisOAuth2Implementation
from .sign_in import sign_in
from .translate import error_key, error_placeholders
from .unique_id import account_of, fold, unique_id
from .uploads import (
    SUFFIXES,
    async_hold_uploads,
    async_prune_uploads,
    async_read_upload,
    async_write_uploads,
)

if TYPE_CHECKING:
    import probatio as vol  # since 2026.10 Home Assistant replaces voluptuous with it
else:
    import voluptuous as vol

_LOGGER = logging.getLogger(__name__)

DOCUMENTATION: Final = "https://github.com/ha-stellantis/ha-stellantis#readme"

_TEXT: Final = TextSelector()
_PASSWORD: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
_URL: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))
_FILE: Final = FileSelector(FileSelectorConfig(accept=",".join(SUFFIXES)))
_SCOPES: Final = [scope.value for scope in Scope]
_ALL: Final = "all"
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


def _schema(deliveries: Sequence[str], labels: Mapping[str, str]) -> vol.Schema:
    """Make the form. Nothing has to be typed in the browser: its complaint is at the top of the form, out of sight."""
    # A push notification needs what only some have, so it is nobody's default.
    default = next(each for each in deliveries if each != Delivery.PUSH_NOTIFICATION)
    return vol.Schema(
        {
            vol.Required(CONF_BRAND): SelectSelector(
                SelectSelectorConfig(options=list(BRANDS), translation_key=CONF_BRAND, mode=SelectSelectorMode.DROPDOWN)
            ),
            vol.Optional(CONF_REALM): _TEXT,
            vol.Optional(CONF_CLIENT_ID): _TEXT,
            vol.Optional(CONF_CLIENT_SECRET): _PASSWORD,
            vol.Optional(CONF_CERTIFICATE_FILE): _FILE,
            vol.Optional(CONF_CERTIFICATE_PATH): _TEXT,
            vol.Optional(CONF_PRIVATE_KEY_FILE): _FILE,
            vol.Optional(CONF_PRIVATE_KEY_PATH): _TEXT,
            vol.Optional(CONF_PRIVATE_KEY_PASSWORD): _PASSWORD,
            vol.Optional(CONF_CA_CERTIFICATE_FILE): _FILE,
            vol.Optional(CONF_CA_CERTIFICATE_PATH): _TEXT,
            vol.Required(CONF_SCOPES, default=[_ALL]): SelectSelector(
                SelectSelectorConfig(
                    options=[
                        SelectOptionDict(value=value, label=labels.get(value, value)) for value in (_ALL, *_SCOPES)
                    ],
                    multiple=True,
                    mode=SelectSelectorMode.DROPDOWN,
                )
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


_REQUIRED: Final = (CONF_CLIENT_ID, CONF_CLIENT_SECRET)
# The field for the upload, by the key of the path.
_UPLOADS: Final = {
    CONF_CERTIFICATE_PATH: CONF_CERTIFICATE_FILE,
    CONF_PRIVATE_KEY_PATH: CONF_PRIVATE_KEY_FILE,
    CONF_CA_CERTIFICATE_PATH: CONF_CA_CERTIFICATE_FILE,
}
_FIELDS: Final = {
    *(str(key) for key in _schema(list(Delivery), {}).schema),
    *(str(key) for key in _ADVANCED_SCHEMA.schema),
} - {CONF_ADVANCED, *_UPLOADS.values()}

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
DRAFT_LIFETIME: Final = 3600.0
"""Seconds for which what was typed in a form that was closed is offered again."""


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """What was typed in a form that was closed. It is in memory only."""

    until: float
    data: dict[str, Any] = field(repr=False)
    firebase: Mapping[str, Any] = field(repr=False)
    uploads: dict[str, UploadedFile] = field(repr=False)


_DRAFT: HassKey[_Draft] = HassKey(f"{DOMAIN}_draft")


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
    _finished = False
    # A client id that the vendor's page has refused: it is let pass the second time.
    _refused_client_id = ""

    def __init__(self) -> None:
        """Start without files."""
        super().__init__()
        self._uploads: dict[str, UploadedFile] = {}

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
            self._take_draft()
            return await self._async_show_form()
        errors = await self._async_read_uploads(user_input)
        self._data = self._read(user_input)
        errors = {**await self._async_check_files(), **_check(self._data), **errors}
        if errors:
            return await self._async_show_form(errors)
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
        return await self._async_show_form()

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Sign in again with what was typed before."""
        self._data = _typed(entry_data)
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Wait for the user, then go to the browser."""
        if user_input is None:
            return self._show_reauth_form()
        return await self._async_authorize()

    async def _async_authorize(self, *, ask_for_firebase: bool = False) -> ConfigFlowResult:
        if errors := await self._async_check_files():
            return await self._async_show_form(errors)
        if ask_for_firebase:
            return self._show_firebase_form()
        self.flow_impl = implementation = StellantisOAuth2Implementation(self.hass, self._data)
        result = await self.async_step_auth()
        client_id = self._data[CONF_CLIENT_ID]
        # The browser does not come back from a page that refuses the client id.
        url = result.get("url")
        if not url or client_id == self._refused_client_id or await implementation.async_knows_app(url):
            return result
        self._refused_client_id = client_id
        redirect = {"redirect_uri": implementation.redirect_uri}
        return await self._async_show_form({CONF_CLIENT_ID: "client_id_unknown"}, redirect)

    @override
    async def async_step_authorize_rejected(self, data: None = None) -> ConfigFlowResult:
        """Show the form again, and say why the vendor's page has sent no code."""
        error = str(self.external_data["error"])
        if error == "access_denied":
            if self.source == SOURCE_REAUTH:
                return self._show_reauth_form({"base": "consent_denied"})
            return await self._async_show_form({"base": "consent_denied"})
        if error in _REJECTIONS:
            return await self._async_show_form({_REJECTIONS[error]: error})
        if error in PASSING_WORDS:
            return await self._async_show_form({"base": "sign_in_failed"})
        return await self._async_show_form({"base": "rejected"}, {"message": anonymous(error)})

    @override
    async def async_step_creation(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Turn the browser's code into a token and try the API with it, before anything is kept."""
        implementation = StellantisOAuth2Implementation(self.hass, self._data)
        try:
            token = await implementation.async_resolve_external_data(self.external_data)
        except StellantisError as err:
            key = error_key(err)
            field = CONF_CLIENT_SECRET if key == "invalid_client" else "base"
            return await self._async_show_error(err, field, _TOKEN_ERRORS.get(key))
        self._unkept = {**self._data, "token": token}
        try:
            credentials = await async_load_credentials(self.hass, self._data, self._uploads)
            client = create_client(self.hass, self._data, credentials, FreshToken(token))
            account = (None if self._is_known_by_address else subject(token)) or await client.user_email()
            vehicles = await client.vehicles()
        except CertificateError:
            return await self._async_show_form(await self._async_check_files())
        except StellantisError as err:
            return await self._async_show_api_error(err)
        if self._closed:
            self._give_back()
            raise UnknownFlow
        if account is None:
            return await self._async_show_form({"base": "no_account"})
        if not vehicles and self.source == SOURCE_USER:  # the vendor forgets cars of accounts for days
            return await self._async_show_form({"base": "no_vehicles"})
        return await self._async_finish(account, token)

    async def _async_finish(self, account: str, token: dict[str, Any]) -> ConfigFlowResult:
        data = {**self._data, "token": token}
        if self.source != SOURCE_USER:
            return await self._async_change(account, data)
        # A request to sign in again has the unique id too: it must not stand in the way.
        await self.async_set_unique_id(unique_id(data, account), raise_on_progress=False)
        self._finished = True
        self._abort_if_unique_id_configured()
        self._unkept = None
        webhook_id = webhook.async_generate_id()
        async_hold_uploads(self.hass, webhook_id, self._uploads)
        return self.async_create_entry(
            # Not the e-mail address: Home Assistant writes titles into its log.
            title=BRANDS[data[CONF_BRAND]].name,
            data={
                **data,
                CONF_WEBHOOK_ID: webhook_id,
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
        try:
            paths = await async_write_uploads(self.hass, entry.entry_id, self._uploads) if self._uploads else {}
        except OSError as err:
            self.logger.debug("An upload cannot be written: %r", err)
            return await self._async_show_form({"base": "file_not_written"})
        data |= paths
        # The old files may go before the vendor has answered.
        credentials = await self._async_old_credentials() if before[CONF_CLIENT_ID] != data[CONF_CLIENT_ID] else None
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
            removal = get_removals(self.hass).async_add(before, entry_id=entry.entry_id, credentials=credentials)
            self.hass.async_create_task(removal)
        await async_prune_uploads(self.hass, entry)
        return result

    async def _async_old_credentials(self) -> Credentials | None:
        try:
            return await async_load_credentials(self.hass, self._entry.data)
        except CertificateError:
            return None

    @callback
    @override
    def async_remove(self) -> None:
        """Do without the token of a flow that ends without an entry, also if it is only about to come."""
        self._closed = True
        self._give_back()
        if self.source == SOURCE_USER and not self._finished and (data := getattr(self, "_data", None)):
            until = self.hass.loop.time() + DRAFT_LIFETIME
            self.hass.data[_DRAFT] = _Draft(until=until, data=data, firebase=self._firebase, uploads=self._uploads)

    @callback
    def _take_draft(self) -> None:
        """Go on with what was typed in a form that was closed a short time ago."""
        draft = self.hass.data.pop(_DRAFT, None)
        if draft and draft.until > self.hass.loop.time():
            self._data, self._firebase, self._uploads = draft.data, draft.firebase, draft.uploads

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
        scopes = _SCOPES if _ALL in user_input[CONF_SCOPES] else user_input[CONF_SCOPES]
        data = {key: value for key, value in data.items() if key not in self._uploads}
        return {**_defaults(data[CONF_BRAND]), **self._kept_secrets, **data, CONF_SCOPES: list(scopes)}

    @property
    def _kept_secrets(self) -> dict[str, str]:
        """The secrets that were typed before, or that the entry has: their fields may be left empty."""
        before = getattr(self, "_data", {})
        if self.source != SOURCE_USER:
            before = {**self._entry.data, **before}
        return {key: before[key] for key in _SECRETS if key in before}

    async def _async_read_uploads(self, user_input: Mapping[str, Any]) -> dict[str, str]:
        """Take the files that were sent. A path takes the place of a file that was sent before."""
        errors = {}
        for path, upload in _UPLOADS.items():
            if user_input.get(upload):
                try:
                    self._uploads[path] = await async_read_upload(self.hass, user_input[upload])
                except ValueError:
                    errors[upload] = "upload_gone"
            elif user_input.get(path, "").strip():
                self._uploads.pop(path, None)
        return errors

    async def _async_check_files(self) -> dict[str, str]:
        """Return all that is wrong with the certificate files, each at its field. A wrong upload is not kept."""
        if not (CONF_CERTIFICATE_PATH in self._uploads or CONF_CERTIFICATE_PATH in self._data):
            return {CONF_CERTIFICATE_FILE: "certificate_needed"}
        errors: dict[str, str] = {}
        for err in await async_check_credentials(self.hass, self._data, self._uploads):
            self.logger.debug("The form is shown again: %r", err)
            errors.setdefault(self._field_of(_FILE_FIELDS[err.file]), error_key(err))
        for path, upload in _UPLOADS.items():
            if upload in errors:
                self._uploads.pop(path, None)
        return errors

    def _field_of(self, field: str) -> str:
        """Return where an error of a file belongs: to its path, or to its upload if there is no path."""
        return field if field in self._data else _UPLOADS.get(field, field)

    def _make_schema(self, labels: Mapping[str, str]) -> vol.Schema:
        """Make the form with what can be chosen here; an entry that is changed may keep its way."""
        possible = possible_deliveries(self.hass)
        if self.source == SOURCE_USER:
            return _schema(possible, labels)
        current = delivery_of(self._entry.data)
        return _schema([each for each in Delivery if each in possible or each == current], labels)

    async def _async_show_error(self, err: StellantisError, field: str, key: str | None = None) -> ConfigFlowResult:
        self.logger.debug("The form is shown again: %r", err)
        return await self._async_show_form({field: key or error_key(err)}, error_placeholders(err))

    async def _async_show_api_error(self, err: StellantisError) -> ConfigFlowResult:
        key = error_key(err)
        field = self._field_of(_API_FIELDS.get(key, "base"))
        if key == "server_not_trusted":
            own = self._uploads.pop(CONF_CA_CERTIFICATE_PATH, None) or CONF_CA_CERTIFICATE_PATH in self._data
            return await self._async_show_error(err, field, None if own else "server_not_trusted_by_system")
        return await self._async_show_error(err, field, _API_ERRORS.get(key))

    async def _async_show_form(
        self, errors: dict[str, str] | None = None, placeholders: Mapping[str, str] | None = None
    ) -> ConfigFlowResult:
        """Show the form with what was typed, secrets and the brand's defaults aside."""
        self._give_back()
        texts = await self._async_texts()
        data = getattr(self, "_data", {})
        defaults = _defaults(data[CONF_BRAND]) if data else {}
        typed = {key: value for key, value in data.items() if key not in _SECRETS and value != defaults.get(key)}
        if set(typed.get(CONF_SCOPES, ())) >= set(_SCOPES):
            typed[CONF_SCOPES] = [_ALL]
        labels = {value: texts[f"scope_{value.replace(':', '_')}"] for value in (_ALL, *_SCOPES)}
        schema = self._make_schema(labels)
        if errors:
            # The form is longer than a screen, and who submits it sees its end only.
            errors = {**errors, CONF_DELIVERY: "see_above"}
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(schema, {**typed, CONF_ADVANCED: typed}),
            errors=errors,
            description_placeholders={
                "documentation": DOCUMENTATION,
                "folder": self.hass.config.config_dir,
                "kept": self._tell_kept(texts),
                **(placeholders or {}),
            },
        )

    async def _async_texts(self) -> dict[str, str]:
        """Return the texts that are no part of the form's own, in the language of whoever looks at it."""
        language = await async_reader_language(self.hass)
        texts = await async_get_translations(self.hass, language, "common", [DOMAIN])
        return {key.rpartition(".")[2]: text for key, text in texts.items()}

    def _tell_kept(self, texts: Mapping[str, str]) -> str:
        """Say which fields need not be filled in again; nothing if there are none."""
        kept = [texts[f"kept_{key}"] for key in self._kept_secrets]
        kept += [f"{texts[f'kept_{key}']} ({upload.name})" for key, upload in self._uploads.items()]
        return texts["kept"].format(fields=", ".join(kept)) if kept else ""

    def _show_reauth_form(self, errors: dict[str, str] | None = None) -> ConfigFlowResult:
        host = str(URL(self._data[CONF_OAUTH_URL]).host)
        return self.async_show_form(
            step_id="reauth_confirm",
            errors=errors,
            description_placeholders={"account": self._entry.title, "host": host},
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
    errors = dict.fromkeys((key for key in _REQUIRED if key not in data), "required")
    if not data[CONF_SCOPES]:
        errors[CONF_SCOPES] = "no_scopes"
    if not all(_is_https(data[key]) for key in (CONF_API_URL, CONF_OAUTH_URL)):
        errors["base"] = "invalid_url"
    return errors


def _is_https(url: str) -> bool:
    try:
        parsed = URL(url)
    except ValueError:
        return False
    return parsed.scheme == "https" and bool(parsed.host)
