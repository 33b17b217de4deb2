"""Which status codes pause an account or a run, with the cause and the words that a person reads."""

from __future__ import annotations

from collections.abc import Mapping

from promptrelay.domain.account.pause import Cause

ACCOUNT_CODES: Mapping[int, tuple[Cause, str]] = {
    40100: (Cause.CREDENTIALS, "the provider does not accept the login and password"),
    40104: (Cause.PROVIDER, "the account's e-mail address or telephone number is not verified"),
    40200: (Cause.FUNDS, "the provider asks for payment"),
    40201: (Cause.PROVIDER, "the provider has blocked the account for unusual activity"),
    40203: (Cause.DAILY_LIMIT, "the daily cost limit set in the provider's dashboard is reached"),
    40207: (Cause.ADDRESS, "this machine's IP address is not on the account's list"),
    40210: (Cause.FUNDS, "the balance is too low for what was to be sent"),
}
RUN_CODES: Mapping[int, str] = {
    40204: "the account has no subscription for this",
    40400: "the provider has no such address: check PROMPTRELAY_API_URL",
    40402: "the provider has no such path: check PROMPTRELAY_API_URL",
    40404: "the sandbox has nothing prepared for this",
}


def why_account_pauses(code: int) -> tuple[Cause, str]:
    """The cause, and the reason with its code."""
    cause, words = ACCOUNT_CODES.get(code, (Cause.PROVIDER, "the provider refuses the account"))
    return cause, f"{words} ({code})"


def why_run_pauses(code: int) -> str:
    """The reason with its code."""
    return f"{RUN_CODES.get(code, 'the provider refuses what the run is configured to send')} ({code})"
