"""What hassfest and HACS want, and what hassfest does not look for in a custom integration."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
import struct
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.stellantis import config_flow, event, issues
from custom_components.stellantis.account import UNKNOWN_ACTION, Result
from custom_components.stellantis.account.commands import UNANSWERED
from custom_components.stellantis.api import certificates
from custom_components.stellantis.api.auth import BRANDS
from custom_components.stellantis.api.errors import (
    BadRequestError,
    CertificateError,
    RateLimitError,
    StellantisError,
    VendorError,
)
from custom_components.stellantis.api.failure_causes import FAILURE_CAUSES as CAUSES
from custom_components.stellantis.api.failure_causes import PRECONDITIONING_FAILURE_CAUSES
from custom_components.stellantis.api.rate_limits import SavingError
from custom_components.stellantis.api.remotes import Remote, remote_names
from custom_components.stellantis.api.scopes import Scope
from custom_components.stellantis.api.words import slug
from custom_components.stellantis.button import BUTTONS, UNDER_WAY
from custom_components.stellantis.const import CONF_ADVANCED, DOMAIN, Delivery
from custom_components.stellantis.history.statistics import STATISTICS
from custom_components.stellantis.schedules import DAY_NAMES
from custom_components.stellantis.select import SELECTS
from custom_components.stellantis.sensor import SENSORS
from custom_components.stellantis.switch import SWITCHES
from custom_components.stellantis.translate import _KEYS, GoogleFailedError, error_key, error_placeholders
from simulator import Car
from simulator.base.words import ALERTS, BREAK_INS, IMPACT_SEVERITIES, IMPACT_SIDES

from .helpers.harness import Harness
from .helpers.remote_bodies import REMOTES
from .helpers.reports import ALL, LATER, add_talkative_car, alert, answer, electric, fuel

ROOT: Final = Path(__file__).parents[1]
INTEGRATION: Final = ROOT / "custom_components" / DOMAIN

type Json = dict[str, Any]


def read(path: Path) -> Json:
    content: Json = json.loads(path.read_text())
    return content


LANGUAGES: Final = {path.stem: read(path) for path in sorted((INTEGRATION / "translations").glob("*.json"))}
ENGLISH: Final = LANGUAGES["en"]
ICONS: Final = read(INTEGRATION / "icons.json")
MANIFEST: Final = read(INTEGRATION / "manifest.json")
MODULES: Final = {path.relative_to(INTEGRATION): ast.parse(path.read_text()) for path in INTEGRATION.rglob("*.py")}
FLOW: Final = MODULES[Path("config_flow.py")]


def sentences(strings: Json, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Walk through all sentences of a language, each with the keys that lead to it."""
    for key, value in strings.items():
        if isinstance(value, dict):
            yield from sentences(value, *path, key)
        else:
            yield (*path, key), value


def placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", sentence))


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Find the calls of a function or method of this name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name in {getattr(node.func, "id", None), getattr(node.func, "attr", None)}:
            yield node


def constants(*nodes: ast.AST | None) -> set[str]:
    """Return the texts that are written out in these nodes, keys of dictionaries aside."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)):
                found.add(text)
            case ast.Dict(values=values):
                found |= constants(*values)
            case ast.Call(args=args):
                found |= constants(*args)
            case ast.Return(value=value):
                found |= constants(value)
    return found


def keyword(call: ast.Call, name: str) -> set[str]:
    return constants(*(given.value for given in call.keywords if given.arg == name))


def example(error: type[StellantisError]) -> StellantisError:
    examples: dict[type[StellantisError], StellantisError] = {
        BadRequestError: BadRequestError(400, {"message": "no"}),
        GoogleFailedError: GoogleFailedError(500),
        RateLimitError: RateLimitError(1),
        SavingError: SavingError(1),
        VendorError: VendorError(500),
    }
    return examples.get(error) or error()


# The errors of the API, and what fills in their sentences.
API_ERRORS: Final = {
    error_key(err): set(error_placeholders(err))
    for err in (
        *(example(error) for error in _KEYS),
        *(CertificateError("certificate", problem, "client.pem") for problem in certificates.PROBLEMS),
    )
}


def test_every_exception_has_its_sentence_and_no_other_is_there() -> None:
    raised = {
        **API_ERRORS,
        **{key: {"car", "cause"} for key in (*CAUSES.values(), "unknown_cause")},
    }
    for tree in MODULES.values():
        for call in calls(tree, "translation"):
            for key in constants(*call.args[:1]):
                raised[key] = {given.arg for given in call.keywords if given.arg}
    told = {key: placeholders(texts["message"]) for key, texts in ENGLISH["exceptions"].items()}
    assert told.keys() == raised.keys()
    assert {key: names for key, names in told.items() if not names <= raised[key]} == {}


def test_every_failure_of_a_remote_names_its_cause_and_car() -> None:
    for key in (*CAUSES.values(), "unknown_cause"):
        assert placeholders(ENGLISH["exceptions"][key]["message"]) == {"car", "cause"}
    assert len(set(CAUSES.values())) == len(CAUSES)


IMPERATIVES: Final = {
    *("Add", "Ask", "Change", "Charge", "Check", "Choose", "Close", "Compare", "Declare", "Drive", "Enter", "Fill"),
    "Lock",
    *("Look", "Pull", "Scroll", "Sign", "Start", "Submit", "Subscribe", "Switch", "Take", "Try", "Upload", "Wait"),
}
"""How a sentence begins that says what to do."""


def says_what_to_do(text: str) -> bool:
    return any(sentence.split()[0] in IMPERATIVES for sentence in re.split(r"(?<=[.:])\s+", text))


def test_every_failure_says_what_happened_and_what_to_do() -> None:
    messages = {key: ENGLISH["exceptions"][key]["message"].removesuffix(" ({cause})") for key in CAUSES.values()}
    assert {key for key, message in messages.items() if not says_what_to_do(message)} == {
        # These say when the car answers again.
        "too_many_wake_ups",
        "vehicle_connection_timeout",
    }
    happened = {key: re.split(r"(?<=\.)\s+", message)[0] for key, message in messages.items()}
    assert {key for key, sentence in happened.items() if says_what_to_do(sentence)} == set()
    assert {key for key, sentence in happened.items() if "{car}" not in sentence} == set()


def test_every_error_of_the_form_says_what_to_do() -> None:
    assert {key for key, text in ENGLISH["config"]["error"].items() if not says_what_to_do(text)} == {
        # These say what is wrong with what was typed: type something else.
        *(
            "file_missing",
            "no_certificate",
            "no_private_key",
            "key_mismatch",
            "password_wrong",
            "invalid_client",
            "invalid_url",
        ),
        # These say what the vendor will not do, and nobody knows why.
        *("hung_up", "no_account", "rejected", "unauthorized_client"),
    }


def test_every_repair_says_what_to_do() -> None:
    described = {
        key: texts["fix_flow"]["step"]["init"]["description"] if "fix_flow" in texts else texts["description"]
        for key, texts in ENGLISH["issues"].items()
    }
    assert described
    assert {key for key, text in described.items() if not says_what_to_do(text)} == set()


def test_every_error_of_the_form_has_its_sentence_and_no_other_is_there() -> None:
    written: set[str] = set()
    for node in ast.walk(FLOW):
        match node:
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id="errors"))], value=value):
                written |= constants(value)
            case ast.Assign(targets=[ast.Name(id="errors")], value=ast.Dict() as value):
                written |= constants(value)
            case ast.Return(value=ast.Dict() as value):
                written |= constants(value)
    for call in (
        *calls(FLOW, "_async_show_form"),
        *calls(FLOW, "_show_firebase_form"),
        *calls(FLOW, "_show_reauth_form"),
        *calls(FLOW, "fromkeys"),
    ):
        written |= constants(*call.args)
    written |= SHOWN_INSTEAD
    # The callback is registered later, and a sign-in is refused later, when there is no form any more.
    of_the_api = API_ERRORS.keys() - {"no_cloudhook", "no_url", "sign_in_refused"} - config_flow._API_ERRORS.keys()
    shown = written | of_the_api | set(config_flow._TOKEN_ERRORS.values()) | config_flow._REJECTIONS.keys()
    told = {key: placeholders(text) for key, text in ENGLISH["config"]["error"].items()}
    assert told.keys() == shown
    assert {key: names for key, names in told.items() if not names <= API_ERRORS.get(key, set()) | {"folder"}} == {
        "client_id_unknown": {"redirect_uri"}
    }
    # Several files can be wrong at once, and there is one placeholder only.
    assert {key for key, names in told.items() if "path" in names} == set()


# What is said in the place of another error if there is no CA certificate.
SHOWN_INSTEAD: Final = {"server_not_trusted_by_system"}


def form_schema() -> Any:
    return config_flow._schema(list(Delivery), {})


def test_the_tables_of_the_form_name_errors_and_fields_that_exist() -> None:
    of_the_api = {*API_ERRORS, *config_flow._TOKEN_ERRORS.values()}
    assert config_flow._API_FIELDS.keys() | config_flow._TOKEN_ERRORS.keys() <= of_the_api
    fields = {str(field) for field in form_schema().schema}
    assert {*config_flow._API_FIELDS.values(), *config_flow._FILE_FIELDS.values()} <= fields
    assert set(config_flow._REJECTIONS.values()) <= fields


def test_every_reason_to_abort_has_its_sentence_and_no_other_is_there() -> None:
    reasons = {
        # Home Assistant's own, which releases before 2026.10 do not translate centrally.
        "already_configured",
        "authorize_url_timeout",
        "no_url_available",
        "reauth_successful",
        "reconfigure_successful",
    }
    for name in ("async_abort", "_abort_if_unique_id_mismatch"):
        for call in calls(FLOW, name):
            reasons |= keyword(call, "reason")
    assert ENGLISH["config"]["abort"].keys() == reasons


def test_every_step_and_field_is_described() -> None:
    shown: set[str] = set()
    for call in calls(FLOW, "async_show_form"):
        shown |= keyword(call, "step_id")
    steps = {**ENGLISH["config"]["step"], **ENGLISH["options"]["step"]}
    assert steps.keys() == shown
    assert all(step["title"] and step["description"] for step in steps.values())
    section = steps["user"]["sections"]
    assert section.keys() == {CONF_ADVANCED}
    assert section[CONF_ADVANCED]["name"]
    for strings, schema in (
        (steps["user"], form_schema()),
        (section[CONF_ADVANCED], config_flow._ADVANCED_SCHEMA),
        (steps["init"], config_flow._options_schema("webhook")),
    ):
        fields = {str(field) for field in schema.schema} - {CONF_ADVANCED}
        assert strings["data"].keys() == strings["data_description"].keys() == fields


def test_every_choice_has_a_name_and_no_other_is_there() -> None:
    options = {
        name: set(selector["options"]) for name, selector in ENGLISH["selector"].items() if "options" in selector
    }
    assert options == {
        "brand": set(BRANDS),
        "days": set(DAY_NAMES),
        "delivery": set(Delivery),
        "scope_separator": {"comma", "space"},
    }


def test_every_field_of_a_form_in_an_action_has_a_name() -> None:
    described = load_yaml_dict(INTEGRATION / "services.yaml")
    selectors = [field["selector"] for action in described.values() for field in action.get("fields", {}).values()]
    forms = {form["translation_key"]: set(form["fields"]) for each in selectors if (form := each.get("object"))}
    named = {name: set(strings["fields"]) for name, strings in ENGLISH["selector"].items() if "fields" in strings}
    assert named == forms
    assert forms


def test_every_repair_is_explained_and_no_other_is_there() -> None:
    assert ENGLISH["issues"].keys() == set(issues.Issue)
    for issue, texts in ENGLISH["issues"].items():
        assert texts.keys() == {"title", "fix_flow" if issue in issues.FIXES else "description"}


REPAIRS: Final = MODULES[Path("repairs.py")]
ENDS: Final = {
    issues.Fix.RECONFIGURE: {"reconfigure"},
    issues.Fix.RELOAD: {"reload_failed", "unchanged"},
}
"""How a fix ends that does not take the repair back."""


@pytest.mark.parametrize("issue", issues.FIXES)
def test_every_button_of_a_repair_is_explained_and_no_other_is_there(issue: issues.Issue) -> None:
    fixes = set(issues.FIXES[issue])
    texts = ENGLISH["issues"][issue]["fix_flow"]
    assert texts.keys() == {"abort", "step", *({"create_entry"} if issues.Fix.RELOAD in fixes else ())}
    assert texts.get("create_entry", {}).keys() <= {"default"}
    assert texts["abort"].keys() == {"entry_disabled", "entry_removed"}.union(*(ENDS[fix] for fix in fixes))
    assert texts["step"].keys() == {"init"}
    menu = texts["step"]["init"]
    assert menu["title"] == ENGLISH["issues"][issue]["title"]
    assert menu["menu_options"].keys() == menu["menu_option_descriptions"].keys() == fixes


def test_every_end_of_a_repair_is_known() -> None:
    written = {text for call in calls(REPAIRS, "_abort") for text in constants(*call.args)}
    assert written == set().union(*ENDS.values())
    [obstacle] = (node for node in ast.walk(REPAIRS) if isinstance(node, ast.FunctionDef) and node.name == "_obstacle")
    assert constants(*(node for node in ast.walk(obstacle) if isinstance(node, ast.Constant))) >= {
        "entry_disabled",
        "entry_removed",
    }


def test_there_is_nothing_else() -> None:
    assert ENGLISH.keys() == {
        *("common", "config", "entity", "exceptions", "issues", "options", "selector", "services", "system_health"),
    }
    assert ENGLISH["system_health"].keys() == {"info"}
    assert ENGLISH["options"].keys() == {"step"}
    assert ENGLISH["config"].keys() == {"abort", "error", "step"}
    assert ICONS.keys() == {"entity", "services"}


async def add_account_with_price(harness: Harness) -> ConfigEntry[Any]:
    """Add an account whose charges have a cost."""
    entry = await harness.add_account()
    harness.hass.config_entries.async_update_entry(entry, options={"energy_price_entity": "sensor.price"})
    await harness.reload(entry)
    return entry


async def test_every_entity_has_a_name_and_an_icon_and_no_other_is_there(harness: Harness, car: Car) -> None:
    """Of a car that can do everything and reports everything, also what is disabled."""
    add_talkative_car(harness)
    entry = await add_account_with_price(harness)
    entities: dict[str, set[str | None]] = {}
    for found in er.async_entries_for_config_entry(er.async_get(harness.hass), entry.entry_id):
        entities.setdefault(found.domain, set()).add(found.translation_key)
    for strings in (ENGLISH, ICONS):
        assert {platform: set(keys) for platform, keys in strings["entity"].items()} == entities
    assert all(strings["name"] for keys in ENGLISH["entity"].values() for strings in keys.values())


# What has no name of ours: Home Assistant has one for it.
NAMED_BY_HOME_ASSISTANT: Final = {"event_type"}
OURS: Final = {
    "alert_type",
    "alerts",
    "delivery",
    "last_message",
    "missed",
    "action",
    "average_power",
    "cost",
    "duration",
    "effect",
    "energy",
    "event_type",
    "failure_cause",
    "from",
    "heading",
    "impacts",
    "in_progress",
    "not_locked",
    "occurred_at",
    "pedestrian",
    "place",
    "refused",
    "remote",
    "reported_at",
    "severity",
    "side",
    "tipped_over",
    "to",
    "trigger",
    "triggered_at",
}


async def test_every_attribute_of_ours_has_a_name_and_no_other_is_there(
    harness: Harness, car: Car, every_entity_enabled: None
) -> None:
    charging = ALL | {"energies": [fuel(), electric(dt_util.utcnow().isoformat())]}
    talkative = add_talkative_car(harness, charging)
    entry = await add_account_with_price(harness)
    harness.vendor.faults.clear()
    answer(harness, talkative, "alerts", [alert("a9", "RiskOfIce")])
    await entry.runtime_data.cars[talkative.vin].async_read_details()
    await harness.call(talkative, "button", "horn", "press")
    charging["alarm"] = {"createdAt": LATER, "trigger": {"type": "VehicleLifting"}}
    charging["safety"] = ALL["safety"] | {"createdAt": dt_util.utcnow().isoformat(), "autoECallTriggering": "Detected"}
    await entry.runtime_data.cars[talkative.vin].async_refresh()
    await harness.settle()
    registry = er.async_get(harness.hass)
    for platform, entities in ENGLISH["entity"].items():
        for key, strings in entities.items():
            unique_ids = [f"{owner}_{key}" for owner in (talkative.vin, entry.entry_id)]
            ids = [registry.async_get_entity_id(platform, DOMAIN, unique_id) for unique_id in unique_ids]
            [state] = [harness.hass.states.get(entity_id) for entity_id in ids if entity_id]
            assert state
            attributes = strings.get("state_attributes", {})
            assert attributes.keys() == state.attributes.keys() & OURS
            assert all(texts.get("name") for name, texts in attributes.items() if name not in NAMED_BY_HOME_ASSISTANT)


def test_every_state_of_an_attribute_has_a_name_and_no_other_is_there() -> None:
    expected = {
        "alert_type": {slug(kind) for kind in ALERTS},
        "delivery": set(Delivery) - {Delivery.POLLING},
        "event_type": set(event.ALERT.event_types or ()),
        "failure_cause": set(PRECONDITIONING_FAILURE_CAUSES.values()),
        "in_progress": {"turning_off", "turning_on"},
        "not_locked": {
            *(
                f"{part}_unlocked"
                for part in ("cabin_doors", "cargo_doors", "doors", "driver_door", "rear_doors", "trunk")
            ),
            *(f"{door}_open" for door in ("driver", "passenger", "rear_left", "rear_right", "trunk")),
        },
        "refused": {"false", "true"},
        "trigger": {slug(kind) for kind in BREAK_INS},
    }
    of_remotes = {
        "action": {remote.action for remote, *_ in REMOTES} | {UNKNOWN_ACTION},
        "event_type": set(Result),
        "failure_cause": {*CAUSES.values(), *_KEYS.values(), UNANSWERED},
        "remote": {kind.name for kind in Remote.__subclasses__()},
    }
    of_charges = {"event_type": set(event.CHARGE.event_types or ())}
    effects = {switch.key: {"effect": {switch.effect}} for switch in SWITCHES}
    of_collisions = {
        "event_type": set(event.COLLISION.event_types or ()),
        "pedestrian": {"false", "true"},
        "severity": {slug(severity) for severity in IMPACT_SEVERITIES},
        "side": {slug(side) for side in IMPACT_SIDES},
        "tipped_over": {"false", "true"},
    }
    of_intrusions = {"event_type": set(event.INTRUSION.event_types or ())}
    of_events: dict[str, Any] = {
        "charge": of_charges,
        "collision": of_collisions,
        "intrusion": of_intrusions,
        "remote": of_remotes,
    }
    of_buttons = {button.key: {"in_progress": {UNDER_WAY}} for button in BUTTONS}
    for platform, entities in ENGLISH["entity"].items():
        for key, strings in entities.items():
            for attribute, texts in strings.get("state_attributes", {}).items():
                of_platform = of_buttons if platform == "button" else effects
                states = of_events.get(key, expected | of_platform.get(key, {})).get(attribute, set())
                assert set(texts.get("state", ())) == states


def test_every_kind_of_remote_has_a_name() -> None:
    assert remote_names() == {
        "Doors": "doors",
        "ElectricBatteryChargingRequest": "charging",
        "Horn": "horn",
        "Immobilization": "immobilization",
        "Lights": "lights",
        "Navigation": "navigation",
        "Stolen": "stolen",
        "ThermalPreconditioning": "preconditioning",
        "WakeUp": "wake_up",
    }


def test_every_end_of_a_remote_has_its_sentence_and_no_other_is_there() -> None:
    actions = {remote.action for remote, *_ in REMOTES} | {UNKNOWN_ACTION}
    sentences = {key for key in ENGLISH["common"] if key.startswith(("remote_", "done_"))}
    assert sentences == {
        *(f"remote_{result}" for result in (*Result, "success_any_time")),
        *(f"done_{action}" for action in actions),
    }


def test_every_word_for_a_trip_is_there_and_no_other() -> None:
    values = ("duration", "electricity", "fuel", "battery", "tank", "start", "stop", "fault")
    faults = ("Unstarted", "DataLacking", "Unfinished")
    causes = ("GeoPrivacy", "FullPrivacy", "Connection")
    assert {key for key in ENGLISH["common"] if not key.startswith(("remote_", "done_", "kept", "scope_"))} == {
        "alert_reported",
        "decimal_separator",
        "program",
        "trip",
        "trip_way",
        *(f"statistic_{statistic.key}" for statistic in STATISTICS),
        *(f"trip_{value}" for value in values),
        *(f"trip_fault_{slug(fault)}" for fault in faults),
        *(f"trip_cause_{slug(cause)}" for cause in causes),
    }


def test_every_word_of_the_form_is_there_and_no_other() -> None:
    assert {key for key in ENGLISH["common"] if key.startswith(("kept", "scope_"))} == {
        "kept",
        *(f"kept_{key}" for key in (*config_flow._SECRETS, *config_flow._UPLOADS)),
        "scope_all",
        *(f"scope_{scope.replace(':', '_')}" for scope in Scope),
    }
    assert all(ENGLISH["common"][f"scope_{scope.replace(':', '_')}"].endswith(f": {scope}") for scope in Scope)
    assert placeholders(ENGLISH["common"]["kept"]) == {"fields"}


async def test_every_action_is_described_and_has_an_icon(harness: Harness) -> None:
    described = load_yaml_dict(INTEGRATION / "services.yaml")
    await harness.add_account()
    registered = harness.hass.services.async_services_for_domain(DOMAIN)
    assert described.keys() == registered.keys() == ENGLISH["services"].keys() == ICONS["services"].keys()
    for name, strings in ENGLISH["services"].items():
        fields = described[name].get("fields", {})
        assert strings["name"]
        assert strings["description"]
        assert strings.get("fields", {}).keys() == fields.keys()
        assert all(field["name"] and field["description"] for field in strings.get("fields", {}).values())
        assert all("selector" in field for field in fields.values())


def test_every_state_has_a_name_and_no_other_is_there() -> None:
    described = {sensor.key: set(sensor.options or ()) for sensor in SENSORS}
    described |= {select.key: {slug(word) for word in select.words} for select in SELECTS}
    for platform, entities in ENGLISH["entity"].items():
        for key, strings in entities.items():
            told = set(strings.get("state", ())) & {"on", "off"}
            expected = described.get(key, set()) if platform in {"select", "sensor"} else told
            assert set(strings.get("state", ())) == expected
            assert ICONS["entity"][platform][key].get("state", {}).keys() <= (
                expected or {"on", "unlocked", "not_home"}
            )


def test_every_word_has_its_own_slug() -> None:
    for words in (ALERTS, BREAK_INS):
        assert len({slug(word) for word in words}) == len(words)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("FuelLevelLow", "fuel_level_low"),
        ("CoolantLevellow", "coolant_levellow"),
        ("ZEV", "zev"),
        ("ZEVEco", "zev_eco"),
        ("eAWD", "e_awd"),
        ("4AWD", "4awd"),
        ("Level1", "level1"),
        ("Not-to be_expected!", "not_to_be_expected"),
        ("", ""),
        (None, None),
    ],
)
def test_slugs(word: str | None, expected: str | None) -> None:
    assert slug(word) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same(language: str) -> None:
    english, other = dict(sentences(ENGLISH)), dict(sentences(LANGUAGES[language]))
    assert other.keys() == english.keys()
    assert {path for path in english if placeholders(english[path]) != placeholders(other[path])} == set()


EVERYWHERE: Final = {
    "Citroën",
    "DS",
    "Opel",
    "Peugeot",
    "Vauxhall",
    "Realm",
    "Webhook",
    "Websocket",
    "Sport",
    "Eco",
    "Eco plus",
}
"""Names, and words that any language may borrow."""
AS_IN_ENGLISH: Final = {
    "cs": {"Alarm", "Program"},
    "da": {
        "Acceleration",
        "Alarm",
        "Gear",
        "Horn",
        "Horn: remote:horn:write",
        "Hybrid",
        "Hybrid eco",
        "Navigation",
        "Normal",
        "Program",
        "Sand",
        "Send destination",
        "Start",
        "Stop",
        "Tank: {value}",
    },
    "de": {"Hybrid", "Information", "Navigation", "Normal", "Sand", "Scopes", "Start", "Tank: {value}"},
    "es": {"No", "Normal"},
    "fr": {"Action", "Collision", "Destinations", "Information", "Intrusion", "Navigation", "Normal"},
    "hu": {"Program"},
    "it": {"Comfort", "No", "Password"},
    "nb": {
        "Alarm",
        "Full",
        "Horn",
        "Horn: remote:horn:write",
        "Hybrid",
        "Hybrid eco",
        "Normal",
        "Program",
        "Sand",
        "Start",
        "Tank: {value}",
    },
    "nl": {"Alarm", "Comfort", "Defect", "Effect", "Scopes", "Start", "Tank: {value}"},
    "pl": {"Alarm", "Alert", "Program"},
    "pt": {"Normal"},
    "sv": {
        "Acceleration",
        "Full",
        "Hybrid",
        "Hybrid eco",
        "Information",
        "Navigation",
        "Neutral",
        "Normal",
        "Program",
        "Sand",
        "Start",
        "Tank: {value}",
    },
}
"""The words that a language writes as English does."""
LONGEST_NAME: Final = 31
"""Characters of an entity's name that a tile of a phone shows."""


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_sentence_is_left_in_english(language: str) -> None:
    english = dict(sentences(ENGLISH))
    same = {text for path, text in sentences(LANGUAGES[language]) if text == english[path]}
    words = {text for text in same if re.search(r"[^\W\d]", re.sub(r"{\w+}", "", text))}
    assert words - EVERYWHERE == AS_IN_ENGLISH.get(language, set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_name_of_an_entity_fits_a_tile(language: str) -> None:
    names = [each["name"] for entities in LANGUAGES[language]["entity"].values() for each in entities.values()]
    assert [name for name in names if len(name) > LONGEST_NAME] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_entities_of_a_platform_have_the_same_name(language: str) -> None:
    for platform, entities in LANGUAGES[language]["entity"].items():
        names = [each["name"] for each in entities.values()]
        assert len(set(names)) == len(names), platform


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_the_words_of_a_language_are_explained(language: str) -> None:
    heads = re.findall(r"^## .*\((\w+)\)$", (ROOT / "docs" / "translating.md").read_text(), re.MULTILINE)
    assert language in heads


FORBIDDEN: Final = {
    "an address": r"https?://|www\.",
    "HTML": r"<[a-zA-Z/!]",
    "a quoted placeholder": r"'{\w+}'",
    "a reference": r"\[%",
    "a blank at an end": r"^\s|\s$",
    "two blanks": r"  ",
    "nothing": r"^$",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_sentence_has(language: str, what: str) -> None:
    found = {path for path, text in sentences(LANGUAGES[language]) if re.search(FORBIDDEN[what], text)}
    assert found == set()


def test_every_key_is_a_slug() -> None:
    slug = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
    assert {key for path, _ in sentences(ENGLISH) for key in path if not slug.fullmatch(key)} == set()


def test_states_take_no_placeholders() -> None:
    states = {path: text for path, text in sentences(ENGLISH) if "state" in path or "options" in path}
    assert states
    assert {path for path, text in states.items() if placeholders(text)} == set()


def test_icons_are_material_and_differ_by_state() -> None:
    for entities in ICONS["entity"].values():
        for icons in entities.values():
            shown = [icons["default"], *icons.get("state", {}).values(), *icons.get("range", {}).values()]
            assert all(icon.startswith("mdi:") for icon in shown)
            assert icons["default"] not in icons.get("state", {}).values()
            steps = [float(step) for step in icons.get("range", {})]
            assert steps == sorted(set(steps))


def test_manifest() -> None:
    first, *others = MANIFEST
    assert first == "domain"
    assert others[0] == "name"
    assert others[1:] == sorted(others[1:])
    expected = {
        "domain": INTEGRATION.name,
        "name": "Stellantis",
        "after_dependencies": ["cloud", "frontend", "recorder"],
        "codeowners": ["@ha-stellantis"],
        "config_flow": True,
        "dependencies": ["auth", "file_upload", "http", "webhook", "zone"],
        "documentation": "https://github.com/ha-stellantis/ha-stellantis",
        "integration_type": "hub",
        "iot_class": "cloud_push",
        "issue_tracker": "https://github.com/ha-stellantis/ha-stellantis/issues",
        "requirements": [],
        "version": MANIFEST["version"],
    }
    assert expected == MANIFEST
    assert re.fullmatch(r"\d+\.\d+\.\d+", MANIFEST["version"])


def test_what_is_imported_is_a_dependency() -> None:
    """Entity platforms need no name, nor what a file is named after, as `http`; `auth` is used, not imported."""
    imported: set[str] = set()
    for tree in MODULES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "homeassistant.components":
                imported |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("homeassistant.components."):
                imported.add((node.module or "").split(".")[2])
    platforms = {*ENGLISH["entity"], *(path.stem for path in MODULES)} - {"webhook"}
    assert imported - platforms == {*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]} - {"auth", "http"}


def test_hacs() -> None:
    hacs = read(ROOT / "hacs.json")
    assert hacs.keys() == {"homeassistant", "name"}
    assert hacs["name"] == MANIFEST["name"]
    # What is promised is what is tested.
    assert f"({hacs['homeassistant']})" in (ROOT / "requirements_oldest.txt").read_text()


def test_there_is_one_integration() -> None:
    assert [path.name for path in (ROOT / "custom_components").iterdir() if (path / "manifest.json").exists()] == [
        DOMAIN
    ]
    folders = ("custom_components", "demo", "docs", "simulator", "tests")
    assert len([path for folder in folders for path in (ROOT / folder).rglob("manifest.json")]) == 1


def test_there_is_a_readme_and_a_license() -> None:
    assert (ROOT / "README.md").stat().st_size
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")


@pytest.mark.parametrize(("name", "size"), [("icon.png", 256), ("icon@2x.png", 512)])
def test_brand(name: str, size: int) -> None:
    image = (INTEGRATION / "brand" / name).read_bytes()
    assert image.startswith(b"\x89PNG")
    assert struct.unpack(">II", image[16:24]) == (size, size)
