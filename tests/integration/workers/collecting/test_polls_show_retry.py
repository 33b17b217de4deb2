"""Flower shows a poll as one task that is retried until the answer is there, and shows no prompt."""

from __future__ import annotations

import re

from promptrelay.broker import ASK, COLLECT, FETCH, GET, POST, UPKEEP
from tests.integration.stack.processes import eventually
from tests.integration.workers.collecting.watched_stack import WatchedStack

JOBS = 5
WORD = "zygomorphic"


def test_a_poll_is_one_task_that_flower_shows_as_retry_and_then_as_success(stack: WatchedStack) -> None:
    prompts = stack.folder / "few.csv"
    prompts.write_text("prompt\n" + "".join(f"What is {WORD} number {n}?\n" for n in range(JOBS)))
    assert stack.submit(prompts)["jobs"] == JOBS
    polls = seen_until_all_polls_succeed(stack)
    assert len(polls) == JOBS
    assert any("RETRY" in states[:-1] for states in polls.values()), polls
    tasks = stack.tasks()
    retried = [tasks[key] for key in polls if tasks[key]["retried"]]
    assert retried
    for task in retried:
        # The looks before this one, in the task's own words.
        assert task["retries"] >= 1
        assert re.fullmatch(r"LookAgain\(look \d+ found nothing yet; next in \d+ s\)", task["exception"])
    the_shown_words_are_readable(tasks)
    assert WORD not in stack.page("/api/tasks?limit=1000")
    assert WORD not in stack.logs()


def seen_until_all_polls_succeed(stack: WatchedStack) -> dict[str, list[str]]:
    """The states that Flower showed for each poll, in order."""
    seen: dict[str, list[str]] = {}

    def all_succeeded() -> bool:
        for key, task in stack.tasks().items():
            if key.startswith("get-") and (states := seen.setdefault(key, [])) is not None:
                states += [] if states[-1:] == [task["state"]] else [task["state"]]
        return len(seen) >= JOBS and all(states[-1] == "SUCCESS" for states in seen.values())

    eventually(all_succeeded, within_s=120)
    return seen


def the_shown_words_are_readable(tasks: dict[str, dict[str, str]]) -> None:
    # Flower keeps its figures by name for ever, so they hold no ids. Of some tasks it missed the first word.
    names = {task["name"] for task in tasks.values() if task["name"]}
    assert names <= {POST, COLLECT, FETCH, GET, ASK, *UPKEEP}
    posts = [task for task in tasks.values() if task["name"] == POST]
    assert all(re.fullmatch(r"chat_gpt \d+ jobs", task["args"]) for task in posts)
    assert sum(int(task["args"].split()[1]) for task in posts) == JOBS
    polls = {key: task for key, task in tasks.items() if key.startswith("get-")}
    assert all(task["name"] == GET and f"get-{task['args']}" == key for key, task in polls.items())
