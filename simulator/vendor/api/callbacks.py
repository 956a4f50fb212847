"""Endpoints of callbacks."""

from aiohttp import web

from simulator.vendor import contract, documents
from simulator.vendor.callback import Callback

from .call import PAGING, Call, Route, answer, answer_page, new_id

_CALLBACKS = "/user/callbacks"
_CALLBACK = f"{_CALLBACKS}/{{cbid}}"


async def _list(call: Call) -> web.Response:
    types = set(call.request.query.getall("types", []))
    callbacks = (one for one in call.world.callbacks.values() if call.owns(one))
    wanted = [documents.describe_callback(one) for one in callbacks if not types or types & set(one.types)]
    return answer_page(call, "callbacks", wanted)


async def _create(call: Call) -> web.Response:
    callback = Callback(
        id=new_id(),
        account=call.account,
        client_id=call.grant.app.client_id,
        subscribe=call.body,
    )
    call.world.callbacks[callback.id] = callback
    call.world.deliverer.follow(callback)
    return answer(documents.callback_reference(callback))


async def _read(call: Call) -> web.Response:
    return answer(documents.describe_callback(call.find_callback()))


async def _replace(call: Call) -> web.Response:
    callback = call.find_callback()
    callback.subscribe = call.body
    call.world.deliverer.follow(callback)
    return answer(documents.callback_reference(callback), status=202)


async def _delete(call: Call) -> web.Response:
    call.world.delete_callback(call.find_callback())
    return web.Response(status=204)


async def _set_status(call: Call) -> web.Response:
    callback = call.find_callback()
    callback.status = call.body["status"]
    call.world.deliverer.follow(callback)
    return answer(documents.callback_reference(callback), status=202)


ROUTES = (
    Route(method="GET", path=_CALLBACKS, handler=_list, query=("types", *PAGING)),
    Route(method="POST", path=_CALLBACKS, handler=_create, body=lambda _spelling: contract.CALLBACK),
    Route(method="GET", path=_CALLBACK, handler=_read),
    Route(method="PUT", path=_CALLBACK, handler=_replace, body=lambda _spelling: contract.CALLBACK),
    Route(method="DELETE", path=_CALLBACK, handler=_delete),
    Route(method="PUT", path=f"{_CALLBACK}/status", handler=_set_status, body=lambda _spelling: contract.STATUS),
)
