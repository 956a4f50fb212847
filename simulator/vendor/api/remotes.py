"""Endpoints of remotes."""

from aiohttp import web

from simulator.base.journal import Request
from simulator.remotes.kinds import KINDS
from simulator.remotes.remote import Remote
from simulator.vendor import contract, documents
from simulator.vendor.accounts import REMOTE_SCOPES
from simulator.vendor.world import World

from .answers import ApiError
from .call import PAGING, VEHICLE, Call, Route, answer, answer_page, new_id

_REMOTES = f"{VEHICLE}/callbacks/{{cbid}}/remotes"


async def _list(call: Call) -> web.Response:
    car, callback = call.find_car(), call.find_callback()
    remotes = [documents.describe_remote(one) for one in callback.remotes.values() if one.car is car]
    return answer_page(call, "remoteActions", remotes)


async def _read(call: Call) -> web.Response:
    car, callback = call.find_car(), call.find_callback()
    remote = callback.remotes.get(call.request.match_info["rid"])
    if remote is None or remote.car is not car:
        raise ApiError(404, "Remote action not found.")
    return answer(documents.describe_remote(remote))


async def _send(call: Call) -> web.Response:
    world, car, callback = call.world, call.find_car(), call.find_callback()
    key, action = contract.find_action(call.body)
    kind = KINDS[key]
    if kind.scope and kind.scope not in call.grant.scopes:
        raise ApiError(403, "The token has no scope for this remote.")
    if "Remote" not in callback.types:
        raise ApiError(400, "The callback is not for remotes.")
    call.check_attributes(callback, call.body)
    remote = world.remotes.begin(new_id(), kind=kind, car=car, callback=callback, action=action, body=call.body)
    callback.remotes[remote.id] = remote
    world.tasks.start(_run(world, remote, call.entry))
    await _wait_for_messages(world, remote)
    reference = documents.remote_reference(remote, type_as_list=world.spelling == "tutorial")
    return answer(reference, status=202)


async def _run(world: World, remote: Remote, entry: Request) -> None:
    """Carry a remote out once its request is answered, or at once if messages have to come before the answer."""
    if not (world.message_first or world.end_first):
        await world.journal.changed.until(lambda: entry.answered)
    await world.remotes.run(remote)


async def _wait_for_messages(world: World, remote: Remote) -> None:
    if world.end_first:
        await world.journal.changed.until(lambda: remote.ended and remote.messages[-1].settled)
    elif world.message_first:
        await world.journal.changed.until(lambda: any(message.settled for message in remote.messages))


ROUTES = (
    Route(method="GET", path=_REMOTES, handler=_list, scopes=REMOTE_SCOPES, query=PAGING),
    Route(
        method="POST",
        path=_REMOTES,
        handler=_send,
        scopes=REMOTE_SCOPES,
        body=lambda spelling: contract.REMOTE[spelling],
    ),
    Route(method="GET", path=f"{_REMOTES}/{{rid}}", handler=_read, scopes=REMOTE_SCOPES),
)
