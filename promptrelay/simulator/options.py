"""What the stand-in can be told: accounts, prices, delays, limits, variants and faults."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, cast, get_args, get_origin, get_type_hints

from promptrelay.simulator.rates import Rate

ENDPOINTS = (
    "any",
    "task_post",
    "task_get",
    "tasks_ready",
    "live",
    "models",
    "id_list",
    "errors",
    "codes",
    "user_data",
    "webhook_resend",
)
FAULT_KINDS = {
    "lost_before": "the connection closes without a reply, nothing was done",
    "reply_lost": "the connection closes without a reply, after the work and its charge",
    "error_500_before": "HTTP 500, nothing was done",
    "error_500_after": "HTTP 500, after the work and its charge",
    "garbage": "a body that is no JSON, after the work and its charge",
    "truncated": "half a body, then the connection closes, after the work and its charge",
    "hang_before": "no answer until the client leaves, nothing was done",
    "hang_after": "no answer until the client leaves, after the work and its charge",
    "rate_40202": "refused as over the rate, nothing was done",
}
NEVER, OFTEN = Rate(), Rate(share=0.3)
AccountCode = Literal["none", "40100", "40104", "40200", "40201", "40203", "40204", "40207", "40210"]
FAULT_KEYS = tuple(f"fault.{endpoint}.{kind}" for endpoint in ENDPOINTS for kind in FAULT_KINDS)


@dataclass(frozen=True, kw_only=True)
class SimulatorOptions:
    """Holds every setting of one stand-in; seconds named here are the provider's, before `time_scale`."""

    login: Annotated[str, "user name of the provider account"] = "simulator"
    password: Annotated[str, "password of the provider account"] = "simulator"  # noqa: S105
    seed: Annotated[int, "decides answers, charges, delays and faults"] = 1
    time_scale: Annotated[
        float, "divides delays, 72 h, 3 and 30 days, id_list lag, duplicate limits; not the rates"
    ] = 1.0
    gzip: Annotated[bool, "compress replies for clients that accept it"] = True

    start_balance: Annotated[Decimal, "USD on the account at the start"] = Decimal(1000)
    advance: Annotated[Decimal, "USD held for each Standard task"] = Decimal("0.01")
    standard_fee: Annotated[Decimal, "USD for each Standard task"] = Decimal("0.0002")
    live_fee: Annotated[Decimal, "USD for each Live call"] = Decimal("0.0006")
    spent_min: Annotated[Decimal, "lowest charge of an answer, USD"] = Decimal("0.0012")
    spent_max: Annotated[Decimal, "highest charge of an answer, USD"] = Decimal("0.0403")
    long_decimals: Annotated[Rate, "charges written like 0.029042400000000003"] = OFTEN

    standard_latency_s: Annotated[float, "median time of a Standard task"] = 120.0
    standard_latency_max_s: Annotated[float, "longest time of a Standard task"] = 900.0
    live_latency_s: Annotated[float, "median time of a Live call"] = 8.0
    live_latency_max_s: Annotated[float, "longest time of a Live call"] = 60.0
    live_limit_s: Annotated[float, "a Live call that times out (50401) takes this long"] = 120.0
    standard_deadline_s: Annotated[float, "an unfinished Standard task fails after this"] = 259_200.0
    ready_for_s: Annotated[float, "tasks_ready lists what finished at most this long ago"] = 259_200.0
    kept_for_s: Annotated[float, "task_get answers 40403 after this"] = 2_592_000.0
    ready_lag_s: Annotated[float, "a finished task shows up in tasks_ready after this"] = 0.0
    id_list_lag_s: Annotated[float, "a posted task shows up in id_list after this"] = 10.0

    calls_per_minute: Annotated[int, "all calls in any 60 real seconds"] = 2000
    ready_calls_per_minute: Annotated[int, "tasks_ready calls in any 60 real seconds"] = 20
    id_list_calls_per_minute: Annotated[int, "id_list calls in any 60 real seconds"] = 10
    user_data_calls_per_minute: Annotated[int, "user_data calls in any 60 real seconds"] = 6
    live_slots: Annotated[int, "simultaneous Live calls of one platform"] = 30
    tasks_per_post: Annotated[int, "tasks accepted in one task_post"] = 100
    ready_rows: Annotated[int, "rows of one tasks_ready reply"] = 1000
    answer_kb_max: Annotated[float, "longest answer text in kB"] = 20.0

    fee_refunded_at_expiry: Annotated[bool, "the fee comes back with the advance after 72 h"] = False
    fee_refunded_on_failure: Annotated[bool, "the fee comes back with the advance of a failed task"] = False
    task_get_cost: Annotated[Literal["zero", "base_plus_spent"], "`cost` of task_get"] = "zero"
    reply_order: Annotated[Literal["same", "shuffled"], "order of entries in a task_post reply"] = "same"
    tag_echoed_in_errors: Annotated[bool, "refused task_post entries name their tag"] = True
    payload_echoed_in_errors: Annotated[bool, "refused task_post entries echo their request"] = True
    live_in_id_list: Annotated[bool, "id_list shows Live calls"] = True
    errors_listed: Annotated[bool, "the list of errors shows failed tasks; off: there is no such list"] = True
    failed_in_ready: Annotated[bool, "tasks_ready lists failed tasks too"] = False
    ready_lists: Annotated[bool, "off: tasks_ready is always empty"] = True
    id_list_cost_updated: Annotated[bool, "id_list shows the final cost, not that of the post"] = True
    withheld_code: Annotated[int, "code of task_get while the balance is negative"] = 40602
    expired_code: Annotated[int, "code of task_get after 72 h"] = 40103
    insufficient_funds: Annotated[Literal["entry", "http_402"], "how a post is refused for money"] = "entry"
    account_code: Annotated[AccountCode, "the account is refused with this code"] = "none"
    account_code_at: Annotated[Literal["call", "entry"], "where a paid call names that code"] = "call"
    account_code_spares_free: Annotated[bool, "free calls work under that code, but for 40100, 40207"] = False
    daily_cost_limit: Annotated[Decimal, "USD a UTC day, then paid calls get 40203; 0 is none"] = Decimal(0)
    duplicates_per_hour: Annotated[int, "equal tasks an hour, then 40205; 0 is no limit"] = 0
    duplicates_per_day: Annotated[int, "equal tasks a day, then 40206; 0 is no limit"] = 0
    tag_in_duplicates: Annotated[bool, "tasks with different tags are never equal"] = False
    all_models_reasoning: Annotated[bool, "the models list says reasoning for every model"] = False
    no_standard: Annotated[str, "platforms and models without task_post, comma-separated"] = ""
    chat_gpt_post_web_search: Annotated[bool, "chat_gpt task_post knows the web_search fields"] = True
    temperature_with_top_p: Annotated[bool, "chat_gpt and claude take both at once"] = False

    task_40101: Annotated[Rate, "Standard tasks that fail with 40101"] = NEVER
    task_40103: Annotated[Rate, "Standard tasks that fail with 40103"] = NEVER
    task_empty: Annotated[Rate, "Standard tasks and Live calls that end without results (40102)"] = NEVER
    task_stuck: Annotated[Rate, "Standard tasks of which task_get says `stuck_code` for ever"] = NEVER
    stuck_code: Annotated[int, "code of task_get for such a task"] = 50301
    stuck_words: Annotated[str, "its message; empty is the usual one"] = ""
    task_never: Annotated[Rate, "Standard tasks that never finish and fail after 72 h"] = NEVER
    entry_50301: Annotated[Rate, "task_post entries refused with 50301 at cost 0"] = NEVER
    entry_50303: Annotated[Rate, "task_post entries refused with 50303 at cost 0"] = NEVER
    entry_50304: Annotated[Rate, "task_post entries refused with 50304 at cost 0"] = NEVER
    entry_40006: Annotated[Rate, "task_post entries refused with 40006 at cost 0"] = NEVER
    entry_missing: Annotated[Rate, "accepted tasks that the task_post reply leaves out"] = NEVER
    live_40101: Annotated[Rate, "Live calls that fail with 40101, charged"] = NEVER
    live_50301: Annotated[Rate, "Live calls that fail with 50301, free"] = NEVER
    live_50401: Annotated[Rate, "Live calls that time out with 50401"] = NEVER
    live_50401_charged: Annotated[bool, "Live calls that time out are charged"] = False
    cost_text: Annotated[Rate, "entries of task_post and Live whose cost is a text"] = NEVER
    cost_null: Annotated[Rate, "entries of task_post and Live whose cost is null"] = NEVER
    spent_text: Annotated[Rate, "answers whose money_spent is a text"] = NEVER
    spent_null: Annotated[Rate, "answers whose money_spent is null"] = NEVER
    id_null: Annotated[Rate, "accepted tasks whose task_post entry has no id"] = NEVER
    result_null: Annotated[Rate, "task_get and Live answers that come as 20000 without a result"] = NEVER
    result_twice: Annotated[Rate, "answers that come in two results"] = NEVER
    date_odd: Annotated[Rate, "replies whose Date header names a day that never comes"] = NEVER
    task_get_cost_off: Annotated[Decimal, "USD by which a task_get's cost is too high, if it is not 0"] = (
        Decimal(0)
    )
    burst_40202: Annotated[Rate, "calls that start a burst of 40202 on every endpoint"] = NEVER
    burst_40202_s: Annotated[float, "length of such a burst in real seconds"] = 2.0
    faults: Annotated[Mapping[str, Rate], "see fault.<endpoint>.<kind>"] = field(default_factory=dict)

    @classmethod
    def parse(cls, settings: Iterable[str]) -> SimulatorOptions:
        """Reads `key=value` strings; what is not understood is a ValueError of one line that says what is."""
        pairs: dict[str, object] = {}
        for setting in settings:
            key, equals, value = setting.partition("=")
            if not equals:
                raise ValueError(f"{setting!r} is not key=value")
            pairs[key.strip()] = value.strip()
        return cls().changed(pairs)

    @classmethod
    def describe(cls) -> str:
        """Lists every key with its default and one line of help."""
        settings = [f"{key}={_written(default)}  {text}" for key, (_, default, text) in _keys().items()]
        kinds = [f"fault.<endpoint>.{kind}=0  {text}" for kind, text in FAULT_KINDS.items()]
        return "\n".join([*settings, *kinds, f"<endpoint> is one of {', '.join(ENDPOINTS)}"])

    def changed(self, pairs: Mapping[str, object]) -> SimulatorOptions:
        """Gives the same options with some keys set anew; values are strings, numbers or booleans."""
        changes: dict[str, Any] = {}
        faults = dict(self.faults)
        for key, value in pairs.items():
            if key in FAULT_KEYS:
                faults[key] = _rate(key, _text(value))
            else:
                changes[key] = _read(key, _known(key)[0], _text(value))
        changed = dataclasses.replace(self, **changes, faults=faults)
        if changed.time_scale < 1:
            raise ValueError("time_scale is at least 1")
        return changed

    def fault(self, endpoint: str, kind: str) -> Rate:
        """Gives the rate of one kind of fault at one endpoint, or the one set for any endpoint."""
        return self.faults.get(f"fault.{endpoint}.{kind}") or self.faults.get(f"fault.any.{kind}") or NEVER

    def scaled_s(self, provider_s: float) -> float:
        """Turns the provider's seconds into real ones."""
        return provider_s / self.time_scale


def _keys() -> dict[str, tuple[Any, object, str]]:
    hints = get_type_hints(SimulatorOptions, include_extras=True)
    fields = [f for f in dataclasses.fields(SimulatorOptions) if f.name != "faults"]
    return {f.name: (*get_args(hints[f.name])[:1], f.default, get_args(hints[f.name])[1]) for f in fields}


def _known(key: str) -> tuple[Any, object, str]:
    keys = _keys()
    if key not in keys:
        nearest = difflib.get_close_matches(key, [*keys, *FAULT_KEYS], n=1, cutoff=0)
        raise ValueError(f"{key!r} is no option of the simulator; the nearest is {nearest[0]!r}")
    return keys[key]


def _text(value: object) -> str:
    return _written(value) if isinstance(value, bool) else str(value)


def _written(value: object) -> str:
    return ("off", "on")[value] if isinstance(value, bool) else str(value)


def _read(key: str, kind: Any, text: str) -> object:
    if get_origin(kind) is Literal:
        return _choice(key, get_args(kind), text)
    if kind is bool:
        return _choice(key, ("on", "off"), text) == "on"
    if kind is Rate:
        return _rate(key, text)
    try:
        return cast("Callable[[str], object]", kind)(text)
    except (ValueError, InvalidOperation) as error:
        raise ValueError(f"{key}={text} is not of type {kind.__name__}") from error


def _rate(key: str, text: str) -> Rate:
    try:
        return Rate.parse(text)
    except ValueError as error:
        raise ValueError(f"{key}={text} is not a share like 0.05 or a count like 3x") from error


def _choice(key: str, choices: tuple[str, ...], text: str) -> str:
    if text not in choices:
        raise ValueError(f"{key}={text} is none of {', '.join(choices)}")
    return text
