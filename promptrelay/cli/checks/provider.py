"""The provider: whether it lets us in, what is on the account, and whether its clock agrees with ours."""

from __future__ import annotations

from config.settings import Settings
from promptrelay.books.charges import PLAIN
from promptrelay.cli.checks.finding import Finding, fail, ok, warn
from promptrelay.cli.provider import provider_desk
from promptrelay.data_dir import DataDir
from promptrelay.dataforseo.client import ProviderClient
from promptrelay.dataforseo.errors import (
    AccountRefused,
    AllowanceUnavailable,
    CredentialsRefused,
    ProviderError,
    Throttled,
)
from promptrelay.dataforseo.pausing_codes import why_account_pauses
from promptrelay.dataforseo.wire.rows import UserData
from promptrelay.domain.clock import Clock
from promptrelay.domain.money import ZERO, Usd
from promptrelay.stack.errors import NoProvider
from promptrelay.stack.simulated import running_simulator

_DEADLINE_S = 3.5
_SKEW_WARN_S, _SKEW_FAIL_S = 5.0, 60.0
_CREDENTIALS = "set PROMPTRELAY_API_LOGIN and PROMPTRELAY_API_PASSWORD (the API password of the dashboard)"


def check_provider(settings: Settings, data: DataDir, clock: Clock) -> list[Finding]:
    """Credentials, balance and clock, all from one free call."""
    aimed = running_simulator(settings)
    if not aimed.has_provider:
        return [_without(data)]
    begun = clock.now()
    try:
        found = _ask(aimed.model_copy(update={"call_deadline_s": _DEADLINE_S}))
    except NoProvider:
        return [_without(data)]
    except CredentialsRefused:
        return [fail("credentials", f"{aimed.api_url} refuses them", _CREDENTIALS)]
    except AccountRefused as error:
        why = why_account_pauses(error.code or 0)[1]
        return [fail("credentials", why, "see the provider's dashboard")]
    except Throttled:
        return [warn("credentials", "asked too often just now", "try again in a minute")]
    except ProviderError as error:
        cure = "check the network and PROMPTRELAY_API_URL, then try again"
        return [fail("credentials", f"{aimed.api_url} gave no answer: {error}", cure)]
    return [
        ok("credentials", f"accepted by {aimed.api_url}"),
        balance_finding(found, settings),
        clock_finding(found.server_date, (begun + clock.now()) / 2),
    ]


def _ask(settings: Settings) -> UserData:
    try:
        # Outside the turns of user_data, which are ten seconds apart: the workers leave four of six unused.
        with provider_desk(settings) as desk:
            return desk.free(ProviderClient.user_data)
    except AllowanceUnavailable:
        # Without Redis no worker calls either, so one call of ours fits every limit.
        with provider_desk(settings.model_copy(update={"redis_url": ""})) as desk:
            return desk.free(ProviderClient.user_data)


def _without(data: DataDir) -> Finding:
    marker = data.path / "provider"
    if marker.exists() and marker.read_text("utf-8").strip() == "simulated":
        return ok("credentials", "none needed: this data directory is for a simulated provider")
    return fail("credentials", "there are none", f"{_CREDENTIALS}, or try `promptrelay run … --simulate`")


def balance_finding(found: UserData, settings: Settings) -> Finding:
    """Whether the account could pay for another job."""
    if found.balance is None:
        return warn("balance", "the provider does not say", "look at the provider's dashboard")
    floor = None if settings.balance_floor_usd is None else Usd.of(settings.balance_floor_usd)
    one = PLAIN.p90 if settings.reserve_usd is None else Usd.of(settings.reserve_usd)
    least = max(floor or ZERO, ZERO) + one
    what = f"${found.balance}" + ("" if floor is None else f", the floor is ${floor}")
    if found.balance < ZERO:
        return fail("balance", f"{what}: answers are kept back", "top up: then they arrive by themselves")
    if found.balance < least:
        return fail("balance", f"{what}: nothing is sent", f"top up to at least ${least}")
    return ok("balance", what)


def clock_finding(server_date: float | None, ours: float) -> Finding:
    """Whether both clocks agree; the provider's is known to a second."""
    if server_date is None:
        return warn("clock", "the provider's replies have no Date", "compare the time by hand")
    skew_s = ours - (server_date + 0.5)
    what = f"{abs(skew_s):.1f} s {'ahead of' if skew_s > 0 else 'behind'} the provider's"
    if abs(skew_s) >= _SKEW_FAIL_S:
        return fail("clock", what, "set this machine's clock, with NTP: searches go by the provider's time")
    if abs(skew_s) >= _SKEW_WARN_S:
        return warn("clock", what, "let NTP set this machine's clock")
    return ok("clock", what)
