"""The provider's own client library takes our stand-in for the provider."""

from __future__ import annotations

import time
from typing import Any

import pytest
from dataforseo_client.api.ai_optimization_api import AiOptimizationApi
from dataforseo_client.api.appendix_api import AppendixApi
from dataforseo_client.exceptions import UnauthorizedException
from dataforseo_client.models.appendix_webhook_resend_request_info import AppendixWebhookResendRequestInfo
from dataforseo_client.models.llm_message_chain_item import LlmMessageChainItem

from tests.acceptance.provider import Provider
from tests.contract.client.client_calls import LATER_FIELDS, calls, endpoint_of, platform_of, request, unknown

STANDARD = ("chat_gpt", "claude", "gemini")
OUR_CALLS = {
    f"{platform}_llm_responses_{endpoint}"
    for platform in (*STANDARD, "perplexity")
    for endpoint in ("live", "models", "task_get", "task_post", "tasks_ready")
    if platform in STANDARD or endpoint in ("live", "models")
}


def posts(endpoint: str) -> list[str]:
    return [name for name in calls() if endpoint_of(name) == endpoint]


def only_task(reply: Any) -> Any:
    assert (reply.status_code, reply.status_message, reply.tasks_count) == (20000, "Ok.", 1)
    (task,) = reply.tasks
    assert set(unknown(reply)) <= LATER_FIELDS
    return task


def post(api: AiOptimizationApi, platform: str, **fields: Any) -> Any:
    name = f"{platform}_llm_responses_task_post"
    return only_task(getattr(api, name)([request(name, **fields)]))


def collected(api: AiOptimizationApi, platform: str, task_id: str) -> Any:
    deadline = time.monotonic() + 20
    while True:
        task = only_task(getattr(api, f"{platform}_llm_responses_task_get")(task_id))
        if task.status_code != 40602:
            return task
        assert time.monotonic() < deadline
        assert task.result is None
        time.sleep(0.02)


def check_result(result: Any) -> None:
    assert result.items[-1].type == "message"
    assert result.money_spent > 0
    assert result.datetime.endswith("+00:00")


def test_we_stand_in_for_every_call_of_this_api_that_the_library_knows() -> None:
    assert set(calls()) == OUR_CALLS


@pytest.mark.parametrize("name", posts("models"))
def test_models_are_listed(name: str, api: AiOptimizationApi) -> None:
    task = only_task(getattr(api, name)())
    assert len(task.result) == task.result_count > 2
    assert all(model.model_name for model in task.result)
    standard = {model.task_post_supported for model in task.result}
    assert standard == ({False} if platform_of(name) == "perplexity" else {True, False} & standard)


@pytest.mark.parametrize("name", posts("live"))
def test_a_live_call_is_answered_and_its_cost_is_fee_and_spent(name: str, api: AiOptimizationApi) -> None:
    """The library sends every field it knows, null where it was not given."""
    task = only_task(getattr(api, name)([request(name)]))
    assert (task.status_code, task.data["tag"]) == (20000, f"own:{name}")
    (result,) = task.result
    check_result(result)
    assert task.cost == pytest.approx(0.0006 + result.money_spent)


@pytest.mark.parametrize("platform", STANDARD)
def test_a_standard_task_is_posted_listed_and_collected(platform: str, api: AiOptimizationApi) -> None:
    posted = post(api, platform)
    assert (posted.status_code, posted.cost, posted.result) == (20100, 0.0102, None)
    ready, deadline = [], time.monotonic() + 20
    while posted.id not in [row.id for row in ready]:
        assert time.monotonic() < deadline
        ready = only_task(getattr(api, f"{platform}_llm_responses_tasks_ready")()).result or []
        time.sleep(0.05)
    row = next(row for row in ready if row.id == posted.id)
    assert (row.se, row.tag) == (platform, f"own:{platform}_llm_responses_task_post")
    assert row.endpoint == f"/v3/ai_optimization/{platform}/llm_responses/task_get/{posted.id}"
    task = collected(api, platform, posted.id)
    assert task.status_code == 20000
    check_result(task.result[0])
    left = only_task(getattr(api, f"{platform}_llm_responses_tasks_ready")()).result
    assert posted.id not in [row.id for row in left or []]


def test_a_conversation_and_every_number_reach_the_provider(
    api: AiOptimizationApi, provider: Provider
) -> None:
    chain = [LlmMessageChainItem(role="user", message="hi"), LlmMessageChainItem(role="ai", message="hello")]
    given = {"max_output_tokens": 300, "temperature": 0.3, "system_message": "be short", "tag": "chain"}
    assert post(api, "gemini", message_chain=chain, **given).status_code == 20100
    taken = next(task["request"] for task in provider.tasks() if task["tag"] == "chain")
    assert taken["message_chain"] == [{"role": "user", "message": "hi"}, {"role": "ai", "message": "hello"}]
    assert given.items() <= taken.items()


def test_what_is_refused_names_its_field(api: AiOptimizationApi) -> None:
    task = post(api, "claude", temperature=1.5)
    assert (task.status_code, task.cost) == (40501, 0)
    assert "temperature" in task.status_message
    assert post(api, "gemini", model_name="no-such-model").status_code == 40501


def test_a_task_nobody_posted_is_not_found(api: AiOptimizationApi) -> None:
    task = only_task(api.chat_gpt_llm_responses_task_get("11111111-1111-1111-0000-111111111111"))
    assert (task.status_code, task.result) == (40401, None)


def test_user_data_holds_the_balance(appendix: AppendixApi, provider: Provider) -> None:
    (account,) = only_task(appendix.user_data()).result
    assert account.login == "simulator"
    assert account.money.balance == pytest.approx(float(provider.books()["balance"]))
    assert account.money.total >= account.money.balance


def test_the_catalogue_of_codes_is_listed(appendix: AppendixApi) -> None:
    found = {row.code: row.message for row in only_task(appendix.errors()).result}
    assert found[20000] == "Ok."
    assert {20100, 40202, 40501, 40602, 50000} <= found.keys()


def test_a_callback_can_be_asked_for_again(api: AiOptimizationApi, appendix: AppendixApi) -> None:
    posted = post(api, "chat_gpt")
    known, strange = (AppendixWebhookResendRequestInfo(id=name) for name in (posted.id, "nobody"))
    assert only_task(appendix.webhook_resend([known])).status_code == 20100
    assert only_task(appendix.webhook_resend([strange])).status_code == 40401


def test_a_wrong_password_is_refused_as_the_library_expects(
    api: AiOptimizationApi, provider: Provider
) -> None:
    configuration = api.api_client.configuration
    kept, configuration.password = configuration.password, "wrong"
    try:
        with pytest.raises(UnauthorizedException) as refused:
            api.chat_gpt_llm_responses_models()
    finally:
        configuration.password = kept
    assert '"status_code":40100' in refused.value.body
