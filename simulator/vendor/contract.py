"""The requests that the vendor's OpenAPI file allows, as JSON Schema. Unknown keys are refused."""

from datetime import datetime
from typing import Any, Literal

from jsonschema import Draft202012Validator, FormatChecker

from simulator.base.words import EXTENSIONS
from simulator.push.data import DATA, Operator
from simulator.push.expressions import NAME

type Schema = dict[str, Any]
type Spelling = Literal["openapi", "tutorial"]


def _object(properties: Schema, *required: str, **more: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def _array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def _one_of(*words: str) -> Schema:
    return {"enum": list(words)}


def _exactly_one(properties: Schema) -> Schema:
    return _object(properties, minProperties=1, maxProperties=1)


_STRING: Schema = {"type": "string"}
_BOOLEAN: Schema = {"type": "boolean"}
_DURATION: Schema = {
    "type": "string",
    "pattern": r"^P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$",
}
_MOMENT = r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})"
_TIMESTAMP: Schema = {"type": "string", "pattern": f"^{_MOMENT}$", "format": "date-time"}
_DAY = _one_of("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_OCCURENCE = _object({"day": _array(_DAY)}, "day")


def _attributes(*types: str) -> Schema:
    return _array(_object({"type": _one_of(*types), "key": _STRING, "value": _STRING}, "type", "key", "value"))


_TEXT: Schema = {"type": "string", "minLength": 1}
_FLAG = _one_of("true", "false")
_INTEGER: Schema = {"type": "string", "pattern": r"^\d+$"}

# The keywords of a push notification and their formats: the table of PushNotifAttribute in the OpenAPI file.
_KEYWORDS: Schema = {
    "disableNotificationPayload": _FLAG,
    "deliveryPriority": _one_of("low", "normal", "high"),
    "mutable": _FLAG,
    "contentAvailable": _FLAG,
    "image": {"type": "string", "pattern": r"^[a-z][a-z0-9+.-]*://[^\s/]+"},
    "ttl": _INTEGER,
    "badge": _INTEGER,
    **dict.fromkeys(("title", "body", "sound", "clickAction", "icon", "tag"), _TEXT),
    **dict.fromkeys(("bodyLocKey", "bodyLocArgs", "titleLocKey", "titleLocArgs"), _TEXT),
}
_KEYWORD = _object(
    {"type": {"const": "Body"}, "key": _one_of(*_KEYWORDS), "value": _STRING},
    "type",
    "key",
    "value",
    oneOf=[{"properties": {"key": {"const": key}, "value": value}} for key, value in _KEYWORDS.items()],
)
# The key is any but those that Firebase reserves.
_DATA = _object(
    {
        "type": {"const": "Header"},
        "key": {"type": "string", "minLength": 1, "not": {"pattern": "^(from$|message_type$|google|gcm)"}},
        "value": _STRING,
    },
    "key",
    "value",
)

_ATTRIBUTES: Schema = {
    "webhook": _attributes("Header", "Body", "Query"),
    "websocket": _attributes("Body"),
    "pushnotif": _array({"oneOf": [_DATA, _KEYWORD]}),
}

_KINDS: Schema = {
    "webhook": _object(
        {
            "name": _STRING,
            "target": {"type": "string", "pattern": r"^https://[^\s/]+"},
            "attributes": _ATTRIBUTES["webhook"],
        },
        "target",
        "name",
    ),
    "websocket": _object(
        {
            "target": {"type": "string", "pattern": r"^wss?://[^\s/?#]+[^\s#]*$"},
            "attributes": _ATTRIBUTES["websocket"],
        },
        "target",
    ),
    "pushnotif": _object(
        {"devices": _array(_TEXT, minItems=1), "attributes": _ATTRIBUTES["pushnotif"]},
        "devices",
    ),
}

CALLBACK = _object(
    {
        "label": _STRING,
        "type": _array(_one_of("Monitor", "Remote")),
        "callback": _exactly_one(_KINDS),
    },
    "callback",
)

_CALLBACK_ATTRIBUTES = _object(_ATTRIBUTES, maxProperties=1)

STATUS = _object({"status": _one_of("Running", "Paused")}, "status")

_PRECONDITIONING_PROGRAM = _object(
    {
        "slot": {"type": "integer", "minimum": 1, "maximum": 4},
        "enabled": _BOOLEAN,
        "recurrence": _one_of("None", "Daily"),
        "start": _DURATION,
        "occurence": _OCCURENCE,
        "actionsType": _one_of("Set", "Delete"),
    },
    "slot",
    **{
        "if": {"properties": {"actionsType": {"const": "Delete"}}, "required": ["actionsType"]},
        "else": {"required": ["enabled", "occurence", "start"]},
    },
)
# Allows each slot at most once.
_UNIQUE_SLOTS: list[Schema] = [
    {"contains": {"properties": {"slot": {"const": slot}}, "required": ["slot"]}, "minContains": 0, "maxContains": 1}
    for slot in range(1, 5)
]
_PRECONDITIONING = _object(
    {
        "airConditioning": _object(
            {"immediate": _BOOLEAN, "programs": _array(_PRECONDITIONING_PROGRAM, allOf=_UNIQUE_SLOTS)},
            minProperties=1,
        )
    },
    "airConditioning",
)
_CHARGING_PROGRAM = _object(
    {"start": _DURATION, "end": _DURATION, "enabled": _BOOLEAN, "occurence": _OCCURENCE}, "start"
)
_CHARGING = _object(
    {
        "immediate": _BOOLEAN,
        "nextDelayedTime": _TIMESTAMP,
        "schedule": _exactly_one({"nextDelayedTime": _TIMESTAMP, "programs": _array(_CHARGING_PROGRAM)}),
        "preferences": _object(
            {
                "level": _one_of("Level1", "Level2", "Level3", "Level4", "Level5"),
                "type": _one_of("Partial", "Full"),
            },
            minProperties=1,
        ),
    },
    minProperties=1,
    dependentSchemas={"preferences": {"not": {"anyOf": [{"required": ["schedule"]}, {"required": ["immediate"]}]}}},
)
_LONGITUDE: Schema = {"type": "number", "minimum": -180, "maximum": 180}
_LATITUDE: Schema = {"type": "number", "minimum": -90, "maximum": 90}
_POINT = _object(
    {
        "type": {"const": "Point"},
        # The third coordinate is the altitude.
        "coordinates": _array({"type": "number"}, prefixItems=[_LONGITUDE, _LATITUDE], minItems=2, maxItems=3),
    },
    "type",
    "coordinates",
)

# Remotes that are only in the tutorial (docs/vendor-api.md, Where the sources disagree).
_UNLISTED_ACTIONS: Schema = {
    "immobilization": _object({"activate": _BOOLEAN}, "activate"),
    "stolen": _object({"stolen": _BOOLEAN}, "stolen"),
}
_ACTIONS: Schema = {
    "door": _object({"state": _one_of("Locked", "Unlocked"), "forced": _BOOLEAN}, "state"),
    "horn": _object({"state": _one_of("Activated", "Unactivated")}, "state"),
    "lights": _object({"on": _BOOLEAN}, "on"),
    "charging": _CHARGING,
    "preconditioning": _PRECONDITIONING,
    "wakeUp": _object({"action": _one_of("WakeUp")}, "action"),
    "navigation": _object(
        {"driverApproval": _BOOLEAN, "positions": _array(_POINT, minItems=1, maxItems=10)}, "positions"
    ),
    **_UNLISTED_ACTIONS,
}

# Keys that the tutorial spells differently (docs/vendor-api.md, Where the sources disagree).
_TUTORIAL_KEYS = {"preonditionning": "preconditioning", "ligths": "lights", "state": "wakeUp"}
_TUTORIAL_ACTIONS: Schema = {
    "door": _ACTIONS["door"],
    "horn": _ACTIONS["horn"],
    "ligths": _ACTIONS["lights"],
    "charging": _object({"immediate": _BOOLEAN, "nextDelayedTime": _TIMESTAMP}, minProperties=1),
    "preonditionning": _PRECONDITIONING,
    "state": _object({"action": _one_of("state")}, "action"),
    "navigation": _ACTIONS["navigation"],
    **_UNLISTED_ACTIONS,
}


def _remote(actions: Schema) -> Schema:
    return _object(
        {
            "label": _STRING,
            "attributes": _attributes("Header", "Body"),
            "callbackAttributes": _CALLBACK_ATTRIBUTES,
            **actions,
        },
        oneOf=[{"required": [action]} for action in actions],
    )


REMOTE: dict[Spelling, Schema] = {
    "openapi": _remote(_ACTIONS),
    "tutorial": _remote(_TUTORIAL_ACTIONS),
}

_STRINGS = _array(_STRING, minItems=1)
_DATA_TRIGGER = _object(
    {
        "data": _one_of(*DATA),
        "op": _one_of(*Operator),
        "value": _STRINGS,
        "previous": _object({"value": _STRINGS, "op": _one_of("equalsTo", "includedIn")}, "value", "op"),
    },
    "data",
    "op",
)
_ZONE_TRIGGER = _object(
    {
        "transition": _one_of("In", "Out"),
        "place": _object(
            {
                "radius": {"type": "integer", "minimum": 1},
                "center": _object(
                    {"longitude": _LONGITUDE, "latitude": _LATITUDE},
                    "longitude",
                    "latitude",
                ),
            },
            "center",
            "radius",
        ),
    },
    "place",
    "transition",
)
_TIME_TRIGGER = _object(
    {
        "times": _array(
            _object(
                {
                    "recurrence": _one_of("None", "Daily"),
                    "start": {"anyOf": [_DURATION, _TIMESTAMP]},
                    "duration": _DURATION,
                    "occurence": _object(
                        {
                            "day": _array(_DAY, minItems=1, maxItems=7),
                            "week": _array(
                                {"type": "string", "pattern": r"^[wW]\d{1,2}(-[wW]\d{1,2})?$"}, minItems=1, maxItems=52
                            ),
                        }
                    ),
                },
                "start",
            ),
            minItems=1,
        ),
        "timeZone": {"type": "string", "pattern": "/"},
    },
    "times",
)
_TRIGGERS: Schema = {"data": _DATA_TRIGGER, "zone": _ZONE_TRIGGER, "time": _TIME_TRIGGER}
MONITOR = _object(
    {
        "label": _STRING,
        "attributes": _ATTRIBUTES["webhook"],
        "subscribeParam": _object(
            {
                "refreshEvent": {"type": "integer", "minimum": 60},
                "callbackAttributes": _CALLBACK_ATTRIBUTES,
            },
            minProperties=1,
        ),
        "extendedEventParam": _array(_one_of(*EXTENSIONS)),
        "triggerParam": _object(
            {
                "triggers": _array(
                    _object(
                        {"name": {"type": "string", "pattern": f"^{NAME}$"}, **_TRIGGERS},
                        "name",
                        oneOf=[{"required": [kind]} for kind in _TRIGGERS],
                    ),
                    minItems=1,
                    maxItems=5,
                ),
                "boolExp": _STRING,
            },
            "triggers",
            "boolExp",
        ),
    },
    "triggerParam",
    "label",
)

# The OpenAPI file also allows repeated ranges (R/...); the simulator does not.
_TIME_RANGE = {"type": "string", "pattern": rf"^({_MOMENT}/({_MOMENT}|P[0-9A-Z]+)?|/{_MOMENT})$"}

_INDEX_RANGE = {"type": "string", "pattern": r"^\d+(-\d*)?$"}
_PAGE_SIZE = {"type": "string", "pattern": r"^([1-9]|[1-5][0-9]|60)$"}

# Each query parameter is validated as the list of its values.
PARAMETERS: Schema = {
    "client_id": _array(_STRING, maxItems=1),
    "country": _array(_one_of("CL", "BR", "AR"), maxItems=1),
    "locale": _array({"type": "string", "pattern": r"^\w+(-\w+)?$"}, maxItems=1),
    "vinPrefix": _array(_STRING, maxItems=1),
    "indexRange": _array(_INDEX_RANGE, maxItems=1),
    "pageSize": _array(_PAGE_SIZE, maxItems=1),
    "pageToken": _array({"type": "string", "pattern": r"^[1-9]\d*of[1-9]\d*$"}, maxItems=1),
    "extension": _array(_one_of("onboardCapabilities", "branding", "pictures"), maxItems=3, uniqueItems=True),
    "timestamps": _array(_TIME_RANGE, minItems=1, maxItems=10),
    "types": _array(_one_of("Monitor", "Remote"), uniqueItems=True),
}


def query_schema(*names: str) -> Schema:
    """Make the schema of a query string that may have these parameters and `client_id`."""
    return _object({name: PARAMETERS[name] for name in ("client_id", *names)})


_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_existing_date(instance: object) -> bool:
    return not isinstance(instance, str) or bool(datetime.fromisoformat(instance))


def violation(schema: Schema, instance: Any) -> str | None:
    """Describe the first violation of a schema; None if the instance is valid."""
    error = next(Draft202012Validator(schema, format_checker=_FORMATS).iter_errors(instance), None)
    return f"{error.json_path}: {error.message}" if error else None


def find_action(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the one action in the valid body of a remote: its key in the OpenAPI file, and its value."""
    key = next(key for key in body if key in _ACTIONS or key in _TUTORIAL_KEYS)
    return _TUTORIAL_KEYS.get(key, key), body[key]
