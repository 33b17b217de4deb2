from __future__ import annotations

import pytest

from promptrelay.dataforseo.policy import Call, Policy, alarm_for, counts_as_try, pause_s, policy_for

# As the provider documents them: on a POST, on a Live call, on a free call.
TABLE = """
20000 ok ok ok
20100 created created pending
40000 bad_input bad_input unknown
40001 unknown unknown config_fatal
40002 unknown unknown config_fatal
40003 unknown unknown config_fatal
40004 unknown unknown config_fatal
40100 account_fatal account_fatal account_fatal
40101 failed failed failed
40102 empty empty empty
40103 failed failed failed
40104 account_fatal account_fatal account_fatal
40200 account_fatal account_fatal account_fatal
40201 account_fatal account_fatal account_fatal
40202 rate rate rate
40203 account_fatal account_fatal account_fatal
40204 config_fatal config_fatal config_fatal
40205 duplicate_limit duplicate_limit duplicate_limit
40206 duplicate_limit duplicate_limit duplicate_limit
40207 account_fatal account_fatal account_fatal
40208 unknown unknown unknown
40209 concurrency concurrency concurrency
40210 account_fatal account_fatal account_fatal
40400 config_fatal config_fatal config_fatal
40401 unknown unknown gone
40402 config_fatal config_fatal config_fatal
40403 unknown unknown gone
40405 unknown unknown unknown
40501 bad_input bad_input bad_input
40502 bad_input bad_input bad_input
40503 bad_input bad_input bad_input
40504 unknown unknown unknown
40506 bad_input bad_input bad_input
40601 pending pending pending
40602 pending pending pending
50000 retry retry retry
50001 retry retry retry
50100 bad_input bad_input bad_input
50301 retry retry retry
50302 retry retry retry
50303 retry retry retry
50304 retry retry retry
50401 unknown failed unknown
50402 unknown unknown unknown
49999 unknown unknown unknown
"""


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_each_code_has_the_policy_of_the_call_it_answers(row: str) -> None:
    code, *expected = row.split()
    assert [policy_for(int(code), call=call) for call in (Call.POST, Call.LIVE, Call.GET)] == expected


@pytest.mark.parametrize("call", Call)
def test_no_code_at_all_is_unknown(call: Call) -> None:
    assert policy_for(None, call=call) is Policy.UNKNOWN


def test_a_task_not_found_never_means_gone_on_a_paid_call() -> None:
    """It would be sent again."""
    assert policy_for(40401, call=Call.POST) is not Policy.GONE


@pytest.mark.parametrize(
    "code",
    [40006, 40202, 40205, 40206, 40209, 50000, 50001, 50301, 50302, 50303, 50304, 40100, 40210],
)
def test_a_refusal_that_is_not_the_jobs_fault_uses_up_no_attempt(code: int) -> None:
    assert not counts_as_try(code)


@pytest.mark.parametrize("code", [40101, 40103, 40501, 50401, 49999, None])
def test_any_other_refusal_uses_up_an_attempt(code: int | None) -> None:
    assert counts_as_try(code)


def test_duplicates_wait_for_the_window_they_are_counted_in() -> None:
    assert (pause_s(40205), pause_s(40206), pause_s(40202)) == (3600, 86400, 60)
    assert pause_s(None) > 0


def test_a_provider_that_is_updated_or_switched_off_is_left_alone_for_as_long_as_it_says() -> None:
    assert (pause_s(50303), pause_s(50304)) == (180, 900)
    assert alarm_for(50304)
    assert [code for code in (None, 20000, 40006, 50301, 50303) if alarm_for(code)] == []
