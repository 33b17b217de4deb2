"""Celery tasks have names of their own, so that moving a file orphans no message, and are short."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import pytest

from .sources import Source, functions, product
from .test_size import function_lengths

MAX_TASK_LINES = 10


def tasks(sources: Iterable[Source]) -> dict[str, ast.expr]:
    """Every function made a Celery task, with the decorator that does it."""
    return {
        name: decorator
        for name, node in functions(sources)
        for decorator in node.decorator_list
        if _called(decorator) in {"task", "shared_task"}
    }


def _called(decorator: ast.expr) -> str:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def unnamed(sources: Iterable[Source]) -> list[str]:
    return [
        name
        for name, decorator in tasks(sources).items()
        if not isinstance(decorator, ast.Call) or all(word.arg != "name" for word in decorator.keywords)
    ]


def test_every_task_has_an_explicit_name() -> None:
    assert unnamed(product()) == []


def test_every_task_is_short() -> None:
    lengths = function_lengths(product())
    assert [name for name in tasks(product()) if lengths[name] > MAX_TASK_LINES] == []


@pytest.mark.parametrize("decorator", ["@shared_task", "@shared_task(bind=True)", "@app.task", "@app.task()"])
def test_the_checker_sees_a_task_without_a_name(decorator: str) -> None:
    source = Source("x.py", f"{decorator}\ndef post():\n    pass\n")
    assert unnamed([source]) == ["x.py:2 post"]


def test_the_checker_lets_named_tasks_be() -> None:
    assert (
        unnamed([Source("x.py", "@shared_task(bind=True, name='standard.post')\ndef post():\n    pass\n")])
        == []
    )
