"""What cannot be sent is refused in words a person can act on, before a cent is spent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.acceptance.checker import check_books
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Outcome, Project, run_arguments
from tests.acceptance.provider import Provider

ALLOWED_CHARS = 500
CAP_NANOS = 350_000_000


@pytest.fixture
def provider(providers: Providers) -> Provider:
    return providers("spent_max=0.03")


@pytest.fixture
def project(projects: Projects, provider: Provider) -> Project:
    return projects(provider)


def _refused(done: Outcome, provider: Provider, *words: str) -> None:
    assert done.code == 2, done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    for word in words:
        assert word in done.err
    assert provider.counters()["calls_total"] == 0


def test_without_credentials_both_ways_on_are_named_in_one_line(projects: Projects) -> None:
    project = projects(None)
    done = project.run(project.prompts(3))
    assert done.code == 2
    assert len(done.err.strip().splitlines()) == 1
    for way in ("PROMPTRELAY_API_LOGIN", "PROMPTRELAY_API_PASSWORD", "--simulate"):
        assert way in done.err


def test_a_missing_file_is_named(project: Project, provider: Provider) -> None:
    _refused(project.run(project.folder / "nowhere.csv"), provider, "nowhere.csv")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"prompt\n"], ids=["nothing", "blank", "header"])
def test_a_file_without_prompts_is_refused(content: bytes, project: Project, provider: Provider) -> None:
    path = project.folder / "empty.csv"
    path.write_bytes(content)
    _refused(project.run(path), provider, "empty.csv")


def test_a_file_in_another_encoding_is_refused(project: Project, provider: Provider) -> None:
    path = project.folder / "latin.csv"
    path.write_bytes("prompt\nwelches Caf\xe9 ist das beste?\n".encode("latin-1"))
    _refused(project.run(path), provider, "latin.csv", "UTF-8")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--platform", "bing"), "bing"),
        (("--model", "gpt-4o"), "gpt-4o"),
        (("--model", "bing=gpt-4o"), "bing"),
        (("--max-cost", "much"), "much"),
        (("--method", "pigeon"), "pigeon"),
    ],
    ids=["platform", "model without platform", "model of no platform", "amount", "method"],
)
def test_an_option_that_means_nothing_is_refused(
    arguments: tuple[str, str], word: str, project: Project, provider: Provider
) -> None:
    _refused(project.run(project.prompts(3), *arguments), provider, word)


def _with_long_rows(project: Project, *, good: int, long_lines: tuple[int, ...]) -> Path:
    path = project.prompts(good + len(long_lines), "mixed")
    lines = path.read_text().splitlines()
    for line in long_lines:
        lines[line - 1] = "x" * (ALLOWED_CHARS + line)
    path.write_text("\n".join(lines) + "\n")
    return path


def test_too_long_prompts_are_listed_by_line_and_nothing_is_sent(
    project: Project, provider: Provider
) -> None:
    path = _with_long_rows(project, good=10, long_lines=(4, 9))
    _refused(project.run(path), provider, "line 4", "line 9", str(ALLOWED_CHARS))


def test_skip_invalid_sends_the_rest(project: Project, provider: Provider) -> None:
    path = _with_long_rows(project, good=20, long_lines=(4, 9))
    done = project.run(path, "--skip-invalid")
    assert done.code == 0, done.err
    assert done.receipt["jobs"] == {"done": 20}
    check_books(project, provider, [done.receipt])


def test_a_run_stops_at_its_cap_and_goes_on_with_a_higher_one(project: Project, provider: Provider) -> None:
    path = project.prompts(60)
    process = project.start(*run_arguments(path, "--max-cost", "0.35"))
    most = 0
    while process.poll() is None:
        for spent, reserved in project.rows("SELECT spent_nanos, reserved_nanos FROM runs"):
            most = max(most, spent + reserved)
    capped = project.end_of(process)
    print(f"at most {most} nano-dollars reserved and spent of {CAP_NANOS}:", capped.receipt)
    assert capped.code == 3, capped.err
    assert capped.receipt["state"] == "stopped_budget"
    assert 0 < most <= CAP_NANOS
    assert Decimal(provider.books()["nano_rounded"]["net"]) * 10**9 <= CAP_NANOS
    again = project.run(path, "--max-cost", "0.35")
    assert again.code == 3
    done = project.run(path, "--max-cost", "10")
    assert done.code == 0, done.err
    assert done.receipt["jobs"] == {"done": 60}
    check_books(project, provider, [done.receipt])
