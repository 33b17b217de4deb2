"""The stand-in as a web application: one door for the provider's API, one for its admin."""

from __future__ import annotations

import gzip
import inspect
from collections.abc import Awaitable, Callable
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from promptrelay.simulator.call import Call, Reply, read_call
from promptrelay.simulator.endpoints import account
from promptrelay.simulator.endpoints.id_list import id_list
from promptrelay.simulator.endpoints.live import live
from promptrelay.simulator.endpoints.ready import tasks_ready
from promptrelay.simulator.endpoints.standard import task_get, task_post
from promptrelay.simulator.envelope import encoded, refusal
from promptrelay.simulator.errors import Refused
from promptrelay.simulator.http import faults
from promptrelay.simulator.http.admin import admin_routes
from promptrelay.simulator.http.auth import authorised
from promptrelay.simulator.http.connections import Connections
from promptrelay.simulator.limits import Window
from promptrelay.simulator.provider import Provider

Handler = Callable[[Provider, Call], Reply | Awaitable[Reply]]
HANDLERS: dict[str, Handler] = {
    "task_post": task_post,
    "task_get": task_get,
    "tasks_ready": tasks_ready,
    "live": live,
    "models": account.models,
    "id_list": id_list,
    "errors": account.errors,
    "codes": account.codes,
    "user_data": account.user_data,
    "webhook_resend": account.webhook_resend,
}
_OWN_LIMITS = {
    "tasks_ready": "ready_calls_per_minute",
    "id_list": "id_list_calls_per_minute",
    "user_data": "user_data_calls_per_minute",
}


def build_app(provider: Provider, connections: Connections) -> Starlette:
    """Gives the ASGI application of one provider."""

    async def api(request: Request) -> Response:
        response = await _answer(provider, connections, request)
        response.headers["Date"] = _odd_date() if provider.strikes("date_odd") else formatdate(usegmt=True)
        return response

    methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    return Starlette(routes=[*admin_routes(provider), Route("/{rest:path}", api, methods=methods)])


async def _answer(provider: Provider, connections: Connections, request: Request) -> Response:
    provider.catch_up()
    locked = provider.options.account_code == "40100"
    if locked or not authorised(request.headers.get("authorization"), provider.options):
        headers = {"WWW-Authenticate": 'Basic realm="DataForSEO API"'}
        return _json(request, provider, Reply(refusal(40100), 401), headers)
    try:
        body = await request.body()
    except ClientDisconnect:
        # Half a request is no request: nobody is there to be answered.
        return Response()
    call = read_call(request.method, request.url.path, body)
    provider.counters.call(call.endpoint if call else "unknown", provider.now())
    if _over_limit(provider, call):
        provider.counters.refused[call.endpoint if call else "unknown"] += 1
        return _json(request, provider, Reply(refusal(40202)))
    if call is None:
        return _json(request, provider, Reply(refusal(40400), 404))
    return await _work(provider, connections, request, call)


async def _work(provider: Provider, connections: Connections, request: Request, call: Call) -> Response:
    fault = faults.strikes(provider, call.endpoint, faults.BEFORE)
    if fault:
        return faults.spoiled(fault, connections, b"")
    reply = await _reply(provider, call)
    fault = faults.strikes(provider, call.endpoint, faults.AFTER)
    if fault:
        return faults.spoiled(fault, connections, encoded(reply.body))
    return _json(request, provider, reply)


async def _reply(provider: Provider, call: Call) -> Reply:
    try:
        provider.account.refuse_call(call, provider.options)
        made = HANDLERS[call.endpoint](provider, call)
        return await made if inspect.isawaitable(made) else made
    except Refused as refused:
        return Reply(refusal(refused.code), refused.http_status)


def _odd_date() -> str:
    return f"Sat, {'9' * 20} Nov 2026 12:00:00 GMT"


def _over_limit(provider: Provider, call: Call | None) -> bool:
    now, options = provider.now(), provider.options
    if provider.strikes("burst_40202"):
        provider.burst_until = now + options.burst_40202_s
    if now < provider.burst_until or not provider.calls.take(now, options.calls_per_minute):
        return True
    own = _OWN_LIMITS.get(call.endpoint) if call else None
    if own is None or call is None:
        return False
    return not provider.endpoint_calls.setdefault(call.endpoint, Window()).take(now, getattr(options, own))


def _json(
    request: Request, provider: Provider, reply: Reply, headers: dict[str, str] | None = None
) -> Response:
    body = encoded(reply.body)
    headers = dict(headers or {})
    accepts = request.headers.get("accept-encoding", "")
    if provider.options.gzip and "gzip" in accepts and len(body) > 1000:
        body = gzip.compress(body, compresslevel=1)
        headers["Content-Encoding"] = "gzip"
    return Response(body, reply.http_status, headers, media_type="application/json")
