"""The calls we make to the provider: two that cost money, and the free ones."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from promptrelay.dataforseo import received
from promptrelay.dataforseo.errors import NotSent, OutcomeUnknown, SendRefused, Unreadable
from promptrelay.dataforseo.exchange import Exchange
from promptrelay.dataforseo.http_reply import HttpReply, read_http
from promptrelay.dataforseo.policy import Call, Policy, policy_for
from promptrelay.dataforseo.transport import Credentials, session, tls_context
from promptrelay.dataforseo.wire import rows
from promptrelay.dataforseo.wire.reply import Reply
from promptrelay.domain.model import Model
from promptrelay.domain.platform import Platform

MAX_TASKS_A_POST = 100
CONNECT_TIMEOUT_S = 10.0
_ERRORS_A_PAGE = 1000

Check = Callable[[], None]


def nobody_asks() -> None:
    """Nobody wants to know when a request has been written."""


def encode_tasks(tasks: Sequence[Mapping[str, Any]]) -> bytes:
    """The body of a paid call. Raises ValueError for no task, more than 100, or what JSON cannot say."""
    if not 1 <= len(tasks) <= MAX_TASKS_A_POST:
        raise ValueError(f"{len(tasks)} tasks in one call; 1 to {MAX_TASKS_A_POST} are allowed")
    text = json.dumps(list(tasks), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8")


class ProviderClient:
    """Speaks to one provider account; safe to share between threads.

    Replies keep what the provider wrote; what a status code means is `policy_for`'s to say. Nothing here is
    ever repeated, and no exception holds a credential, a prompt or an answer in its text.
    """

    def __init__(
        self,
        base_url: str,
        login: str,
        password: str,
        *,
        call_deadline_s: float = 60,
        live_deadline_s: float = 140,
        pool_size: int = 64,
        ca_file: str | None = None,
    ) -> None:
        if urlsplit(base_url).username is not None:
            raise ValueError("the provider's address must not hold the credentials")
        self._base_url = base_url.rstrip("/").removesuffix("/v3") + "/v3"
        self._credentials = Credentials(login, password)
        self._tls = tls_context(ca_file)
        self._free = session(self._credentials, self._tls, pool_size=pool_size)
        self._call_deadline_s = call_deadline_s
        self._live_deadline_s = live_deadline_s

    def __repr__(self) -> str:
        return f"ProviderClient({self._base_url!r})"

    def close(self) -> None:
        """Close the idle connections."""
        self._free.close()

    def post_tasks(
        self, platform: Platform, body: bytes, *, check: Check, sent: Check = nobody_asks
    ) -> Reply:
        """Post a chunk of Standard tasks once, and return the complete reply.

        `check` runs with the connection open, immediately before the first byte; what it raises comes
        out unchanged and nothing is sent. `sent` runs when all of it is written. Raises NotSent while no
        byte has left, and OutcomeUnknown ever after: then the tasks may have been charged.
        """
        if not platform.has_standard:
            raise SendRefused(reason=f"{platform} answers Live calls only")
        return self._pay(f"{platform}/llm_responses/task_post", body, check, sent, self._call_deadline_s)

    def ask_live(self, platform: Platform, body: bytes, *, check: Check, sent: Check = nobody_asks) -> Reply:
        """Ask one question Live, once, and return the complete reply; otherwise as `post_tasks`."""
        return self._pay(f"{platform}/llm_responses/live", body, check, sent, self._live_deadline_s)

    def get_task(self, platform: Platform, provider_id: str) -> Reply:
        """Fetch a Standard task, finished or not; `reply.only` is the entry, `reply.code` its code."""
        return self._get(f"ai_optimization/{platform}/llm_responses/task_get/{quote(provider_id, safe='')}")

    def list_ready(self, platform: Platform) -> list[rows.ReadyRow]:
        """Up to 1,000 finished tasks of the platform that nobody has fetched; listing does not take them."""
        found, _ = self._rows(self._get(f"ai_optimization/{platform}/llm_responses/tasks_ready"))
        return rows.ready_rows(found, platform)

    def list_models(self, platform: Platform) -> list[Model]:
        """The models that the platform offers now."""
        found, _ = self._rows(self._get(f"ai_optimization/{platform}/llm_responses/models"))
        return rows.models(found)

    def list_ids(
        self, since: datetime, until: datetime, *, limit: int = 1000, offset: int = 0
    ) -> rows.IdPage:
        """One page of all tasks of the account posted in the window, oldest first, with our tags.

        Rows may move between pages while tasks are added. The window is widened to whole seconds.
        """
        asked = {
            "datetime_from": _stamp(math.floor(since.timestamp())),
            "datetime_to": _stamp(math.ceil(until.timestamp())),
            "limit": limit,
            "offset": offset,
            "sort": "asc",
            "include_metadata": True,
        }
        found, date = self._rows(self._call_free("POST", "ai_optimization/id_list", encode_tasks([asked])))
        return rows.IdPage(tuple(rows.id_row(row) for row in found), limit, offset, date)

    def list_errors(self, since: datetime, until: datetime, *, offset: int = 0) -> rows.ErrorPage:
        """One page of the tasks that ended with an error between the two, of the last seven days."""
        asked = {
            "datetime_from": _stamp(math.floor(since.timestamp())),
            "datetime_to": _stamp(math.ceil(until.timestamp())),
            "limit": _ERRORS_A_PAGE,
            "offset": offset,
        }
        found, _ = self._rows(self._call_free("POST", "ai_optimization/errors", encode_tasks([asked])))
        return rows.ErrorPage(tuple(rows.error_rows(found)), is_last=len(found) < _ERRORS_A_PAGE)

    def user_data(self) -> rows.UserData:
        """The account's balance and limits."""
        found, date = self._rows(self._get("appendix/user_data"))
        return rows.user_data(found, date)

    def _pay(self, path: str, body: bytes, check: Check, sent: Check, deadline_s: float) -> Reply:
        http, failure = None, ""
        exchange = Exchange(deadline_s, check=check, sent=sent)
        try:
            with session(self._credentials, self._tls, pool_size=1) as own, exchange:
                http = self._send(own, "POST", f"ai_optimization/{path}", body, deadline_s)
        except Exception as error:  # noqa: BLE001 -- P3: the flag decides, whatever the class, and whoever raised it
            failure = type(error).__name__
        expired, written, refusal = exchange.expired, exchange.written, exchange.refusal
        # Raised out here, so that no library's exception with its request hangs on ours.
        if refusal is not None:
            raise refusal
        if not written:
            raise NotSent(reason="deadline while opening" if expired else failure)
        if expired or http is None:
            raise OutcomeUnknown(reason=f"no reply in {deadline_s:g} s" if expired else failure)
        return received.of_paid_call(http)

    def _get(self, path: str) -> Reply:
        return self._call_free("GET", path, None)

    def _call_free(self, method: str, path: str, body: bytes | None) -> Reply:
        http, failure = None, ""
        with Exchange(self._call_deadline_s) as exchange:
            try:
                http = self._send(self._free, method, path, body, self._call_deadline_s)
            except Exception as error:  # noqa: BLE001 -- a free call that fails in any way is asked again
                failure = type(error).__name__
            expired = exchange.expired
        if expired or http is None:
            raise Unreadable(reason="deadline" if expired else failure)
        return received.of_free_call(http)

    def _send(
        self, over: requests.Session, method: str, path: str, body: bytes | None, deadline_s: float
    ) -> HttpReply:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        with over.request(
            method,
            f"{self._base_url}/{path}",
            data=body,
            headers=headers,
            allow_redirects=False,
            timeout=(min(CONNECT_TIMEOUT_S, deadline_s), deadline_s),
            stream=True,
        ) as response:
            return read_http(response)

    def _rows(self, reply: Reply) -> tuple[list[dict[str, Any]], float | None]:
        received.raise_for_account(reply.code)
        if policy_for(reply.code, call=Call.GET) not in (Policy.OK, Policy.EMPTY):
            raise Unreadable(reason=f"code {reply.code}")
        try:
            return rows.rows_of(reply.only), reply.server_date
        except ValueError as error:
            raise Unreadable(reason=str(error)) from None


def _stamp(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%d %H:%M:%S +00:00")
