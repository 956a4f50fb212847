"""What a remote's body must look like, in either spelling."""

from copy import deepcopy
from typing import Any

import pytest

from simulator import Simulator
from simulator.vendor.contract import Spelling
from tests.helpers.browser import Browser, Client, make_client

SLOT = {"slot": 1, "enabled": True, "start": "PT14H30M", "occurence": {"day": ["Mon"]}}
POINT = {"type": "Point", "coordinates": [2.35, 48.85]}

BOTH = [
    {"door": {"state": "Locked"}},
    {"horn": {"state": "Activated"}},
    {"horn": {"state": "Unactivated"}},
    {"door": {"state": "Locked", "forced": True}},
    {"charging": {"immediate": True}},
    {"charging": {"nextDelayedTime": "2026-11-01T22:30:00Z"}},
    {"navigation": {"positions": [POINT]}},
    {"navigation": {"positions": [POINT] * 10, "driverApproval": True}},
    {"navigation": {"positions": [{"type": "Point", "coordinates": [-180, 90, 35.5]}]}},
    {"immobilization": {"activate": True}},
    {"immobilization": {"activate": False}},
    {"stolen": {"stolen": True}},
    {"stolen": {"stolen": False}},
    {
        "label": "home",
        "attributes": [{"type": "Body", "key": "a", "value": "$remoteType"}],
        "callbackAttributes": {"webhook": [{"type": "Query", "key": "b", "value": "c"}]},
        "door": {"state": "Locked"},
    },
]
OPENAPI = [
    {"lights": {"on": True}},
    {"wakeUp": {"action": "WakeUp"}},
    {"charging": {"schedule": {"nextDelayedTime": "2026-11-01T22:30:00+01:00"}}},
    {"charging": {"schedule": {"programs": [{"start": "PT22H", "end": "PT6H", "enabled": True}]}}},
    {"charging": {"schedule": {"programs": []}}},
    {"charging": {"schedule": {"programs": [{"start": "PT22H", "occurence": {"day": ["Sat", "Sun"]}}]}}},
    {"charging": {"preferences": {"level": "Level3", "type": "Partial"}}},
    {"preconditioning": {"airConditioning": {"immediate": False}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT | {"recurrence": "Daily", "actionsType": "Set"}]}}},
    {"preconditioning": {"airConditioning": {"programs": [{"slot": 4, "actionsType": "Delete"}]}}},
]
TUTORIAL = [
    {"ligths": {"on": True}},
    {"state": {"action": "state"}},
    {"preonditionning": {"airConditioning": {"immediate": True}}},
]
NEITHER: list[Any] = [
    {},
    None,
    [],
    "door",
    {"label": "nothing else"},
    {"door": {"state": "Locked"}, "horn": {"state": "Activated"}},
    {"door": {"state": "Locked"}, "surplus": 1},
    {"door": {"state": "Ajar"}},
    {"door": {}},
    {"door": {"state": "Locked", "surplus": 1}},
    {"horn": {"state": True}},
    {"lights": {"on": "true"}},
    {"wakeUp": {}},
    {"charging": {}},
    {"charging": {"immediate": True, "preferences": {"level": "Level1"}}},
    {"charging": {"preferences": {"level": "Level6"}}},
    {"charging": {"preferences": {}}},
    {"charging": {"preferences": {"type": "Half"}}},
    {"charging": {"preferences": {"type": "Full", "surplus": 1}}},
    {"charging": {"preferences": {"type": "Full"}, "schedule": {"programs": []}}},
    {"charging": {"schedule": {}}},
    {"charging": {"schedule": {"nextDelayedTime": "22:30"}}},
    {"charging": {"schedule": {"nextDelayedTime": "2026-11-31T22:30:00Z"}}},
    {"charging": {"schedule": {"nextDelayedTime": "2026-11-01T22:30:00Z", "programs": []}}},
    {"charging": {"schedule": {"programs": [{"end": "PT6H"}]}}},
    {"charging": {"schedule": {"programs": [{"start": "PT22H", "end": "6:00"}]}}},
    {"charging": {"schedule": {"programs": [{"start": "PT22H", "enabled": 1}]}}},
    {"charging": {"schedule": {"programs": [{"start": "PT22H", "occurence": {}}]}}},
    {"charging": {"schedule": {"programs": [{"start": "PT22H", "slot": 1}]}}},
    {"charging": {"schedule": {"programs": [{"start": "PT22H", "recurrence": "Daily"}]}}},
    {"charging": {"schedule": {"programs": {"start": "PT22H"}}}},
    {"preconditioning": {}},
    {"preconditioning": {"airConditioning": {}}},
    {"preconditioning": {"airConditioning": {"immediate": 1}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT | {"slot": 5}]}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT | {"slot": 0}]}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT | {"start": "14:30"}]}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT | {"start": "P"}]}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT | {"recurrence": "Weekly"}]}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT | {"occurence": {"day": ["Monday"]}}]}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT | {"occurrence": {"day": ["Mon"]}}]}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT | {"enabled": "yes"}]}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT | {"end": "PT15H"}]}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT | {"actionsType": "Reset"}]}}},
    {"preconditioning": {"airConditioning": {"programs": [{"slot": 1, "actionsType": "Set"}]}}},
    {"preconditioning": {"airConditioning": {"programs": [{"slot": 1}]}}},
    {"preconditioning": {"airConditioning": {"programs": [{"actionsType": "Delete"}]}}},
    {"preconditioning": {"airConditioning": {"programs": [SLOT, SLOT | {"enabled": False}]}}},
    {"navigation": {"positions": []}},
    {"navigation": {"positions": [POINT] * 11}},
    {"navigation": {"positions": [{"type": "Point", "coordinates": [2.35]}]}},
    {"navigation": {"positions": [{"type": "Point", "coordinates": [2.35, 48.85, 35, 1]}]}},
    {"navigation": {"positions": [{"type": "Point", "coordinates": ["2.35", "48.85"]}]}},
    {"navigation": {"positions": [{"type": "Point", "coordinates": [2.35, 90.1]}]}},
    {"navigation": {"positions": [{"type": "Point", "coordinates": [-180.1, 48.85]}]}},
    {"navigation": {"positions": [{"coordinates": [2.35, 48.85]}]}},
    {"navigation": {"positions": [POINT | {"type": "Feature"}]}},
    {"navigation": {"positions": [POINT | {"surplus": 1}]}},
    {"navigation": {"positions": POINT}},
    {"navigation": {"positions": [POINT], "driverApproval": "yes"}},
    {"navigation": {"driverApproval": True}},
    {"door": {"state": "Locked"}, "attributes": [{"type": "Query", "key": "a", "value": "b"}]},
    {"door": {"state": "Locked"}, "attributes": [{"type": "Body", "key": "a"}]},
    {"door": {"state": "Locked"}, "callbackAttributes": {"pushnotif": []}},
    {"immobilization": {}},
    {"immobilization": {"activate": "true"}},
    {"immobilization": {"activate": True, "surplus": 1}},
    {"stolen": {}},
    {"stolen": {"stolen": 1}},
    {"stolen": {"state": True}},
    {"stolen": True},
]


GOOD: dict[Spelling, list[Any]] = {"openapi": BOTH + OPENAPI, "tutorial": BOTH + TUTORIAL}
BAD: dict[Spelling, list[Any]] = {"openapi": NEITHER + TUTORIAL, "tutorial": NEITHER + OPENAPI}


@pytest.mark.parametrize("spelling", GOOD)
async def test_good_bodies_are_taken(
    client: Client, callback_id: str, spelling: Spelling, subtests: pytest.Subtests
) -> None:
    client.browser.simulator.spelling = spelling
    for body in GOOD[spelling]:
        with subtests.test(body=body):
            answer = await client.send(client.account.cars[0], callback_id, body)
            assert answer.status == 202


@pytest.mark.parametrize("spelling", BAD)
async def test_bad_bodies_are_refused(
    client: Client, callback_id: str, spelling: Spelling, subtests: pytest.Subtests
) -> None:
    client.browser.simulator.spelling = spelling
    car = client.account.cars[0]
    before = deepcopy(vars(car))
    for body in BAD[spelling]:
        with subtests.test(body=body):
            answer = await client.send(car, callback_id, body)
            assert answer.status == 400
    assert vars(car) == before
    assert client.browser.simulator.callbacks[callback_id].remotes == {}


@pytest.mark.parametrize(("spelling", "expected"), [("openapi", "Horn"), ("tutorial", ["Horn"])])
async def test_the_answers_type_is_spelt_as_the_body(
    client: Client, callback_id: str, simulator: Simulator, spelling: Spelling, expected: Any
) -> None:
    simulator.spelling = spelling
    answer = await client.send(simulator.cars["electric"], callback_id, {"horn": {"state": "Activated"}})
    assert answer.json["type"] == expected


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b'{"door": {"state": "Locked"}}', "text/plain"),
        (b'{"door": {"state": "Locked"}', "application/json"),
        (b"", "application/json"),
        (b"door=Locked", "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_must_be_json(
    client: Client, callback_id: str, simulator: Simulator, data: bytes, content_type: str
) -> None:
    path = f"/user/vehicles/{simulator.cars['electric'].id}/callbacks/{callback_id}/remotes"
    headers = client.headers | {"Content-Type": content_type}
    answer = await client.browser.request(
        "POST", simulator.api_url + path, params={"client_id": client.app.client_id}, headers=headers, data=data
    )
    assert answer.status == 400


async def test_a_remote_wants_its_own_scope(browser: Browser, client: Client, callback_id: str) -> None:
    car = client.account.cars[0]
    other = make_client(browser, "driver", "data:telemetry", "remote:horn:write")
    assert (await other.send(car, callback_id, {"horn": {"state": "Activated"}})).status == 202
    assert (await other.send(car, callback_id, {"door": {"state": "Locked"}})).status == 403
    for unlisted in ({"immobilization": {"activate": True}}, {"stolen": {"stolen": True}}):
        assert (await other.send(car, callback_id, unlisted)).status == 202
    reader = make_client(browser, "driver", "data:telemetry")
    assert (await reader.send(car, callback_id, {"door": {"state": "Locked"}})).status == 403
