"""The runner of faults on a toy tree: it notices, reports what survives, and never touches the checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.__main__ import main
from tests.mutants.faults import Fault
from tests.mutants.survey import Survey, Tried
from tests.mutants.trial import Outcome, Verdict
from tests.unit.house.toy import HANGS, NOTICED, UNTESTED, Toy

NO_IMPORT = {**NOTICED, "name": "imports nothing", "at": "toy/sums.py", "find": '"""Adds up."""'}
NO_IMPORT["put"] = "import nothing_of_that_name"
EXPLAINED = {**UNTESTED, "name": "divides by nothing", "accepted": "nobody asks for a mean"}
IN_A_PROCESS = {**NOTICED, "name": "takes off in a process of its own"}


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One survey of every kind of fault: its exit code, its report, what it printed, and the checkout."""
    toy = Toy(tmp_path_factory.mktemp("toy") / "checkout")
    toy.list(NOTICED, UNTESTED, EXPLAINED, HANGS, NO_IMPORT)
    toy.list(IN_A_PROCESS, tests='["tests/test_sums.py::test_in_a_process_of_its_own"]', room="processes")
    toy.list(NOTICED, tests='["tests/failing.py"]', room="failing")
    before = toy.texts()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tests.mutants.trial._TEST_LIMIT_S", 3)
        code, report, printed = toy.report()
    told = {(one["room"], one["name"]): one for one in report["tried"]}
    return {"code": code, "report": report, "printed": printed, "told": told, "same": toy.texts() == before}


def test_a_fault_is_noticed_with_the_test_that_did(tried: dict[str, Any]) -> None:
    found = tried["told"]["sums", "takes off"]
    assert (found["verdict"], found["promise"]) == ("noticed", "sums")
    assert found["told"] == "tests/test_sums.py::test_amounts_are_added_up"


def test_a_process_that_a_test_starts_elsewhere_sees_the_fault(tried: dict[str, Any]) -> None:
    """An installed checkout would hide it."""
    assert tried["told"]["processes", IN_A_PROCESS["name"]]["verdict"] == "noticed"


def test_a_survivor_is_told_with_what_it_breaks_or_why_it_may(tried: dict[str, Any]) -> None:
    assert tried["told"]["sums", UNTESTED["name"]]["verdict"] == "not noticed"
    assert f"{UNTESTED['name']} (toy/sums.py): NOBODY SAYS WHY; it breaks means" in tried["printed"]
    assert f"{EXPLAINED['name']} (toy/sums.py): nobody asks for a mean" in tried["printed"]


def test_what_never_ends_is_noticed_by_the_time_limit(tried: dict[str, Any]) -> None:
    assert tried["told"]["sums", "never ends"]["verdict"] == "noticed by the time limit"


def test_a_fault_with_which_nothing_can_be_imported_says_nothing_of_the_tests(tried: dict[str, Any]) -> None:
    found = tried["told"]["sums", "imports nothing"]
    assert found["verdict"] == "broken"
    assert "nothing_of_that_name" in found["told"]


def test_in_a_room_whose_tests_fail_without_a_fault_nothing_is_tried(tried: dict[str, Any]) -> None:
    """Else every fault there would count as noticed."""
    assert ("failing", "takes off") not in tried["told"]
    assert tried["report"]["broken_rooms"] == [{"room": "failing", "test": "tests/failing.py::test_fails"}]
    assert "failing: its tests fail without any fault: tests/failing.py::test_fails" in tried["printed"]


def test_the_survey_does_not_pass_and_the_checkout_stays_as_it_was(tried: dict[str, Any]) -> None:
    report = tried["report"]
    assert (tried["code"], report["passes"]) == (1, False)
    assert (report["faults"], report["noticed"], report["share"]) == (6, 3, 0.5)
    assert "3 of 6 faults noticed (50%)" in tried["printed"]
    assert tried["same"]


def one(verdict: Verdict, accepted: str = "") -> Tried:
    return Tried(Fault("r", "n", "f", "", "x", "y", "p", accepted=accepted), Outcome(verdict, 1.0, ""))


@pytest.mark.parametrize(
    ("noticed", "explained", "others", "passes"),
    [
        (9, 1, [], True),
        (8, 1, [], False),
        (99, 0, [Verdict.SURVIVED], False),
        (99, 0, [Verdict.BROKEN], False),
        (8, 1, [Verdict.TIMED_OUT], True),
    ],
    ids=["nine in ten", "eight in nine", "one unexplained", "one broken", "one by the time limit"],
)
def test_it_passes_when_nine_in_ten_are_noticed_and_the_others_explained(
    noticed: int, explained: int, others: list[Verdict], passes: bool
) -> None:
    found = [one(Verdict.NOTICED)] * noticed + [one(Verdict.SURVIVED, "a reason")] * explained
    assert Survey(tuple(found + [one(verdict) for verdict in others])).passes is passes


def test_a_broken_fault_is_trouble_whatever_its_reason() -> None:
    assert not Survey((*[one(Verdict.NOTICED)] * 99, one(Verdict.BROKEN, "a reason"))).passes


def test_a_room_that_cannot_be_tested_does_not_pass() -> None:
    assert not Survey((one(Verdict.NOTICED),), (("room", "test"),)).passes


def test_an_import_that_leads_elsewhere_ends_it(tmp_path: Path) -> None:
    """The installed package would be tested instead of the copy."""
    toy = Toy(tmp_path / "checkout")
    toy.list(NOTICED)
    with pytest.raises(RuntimeError, match="would be tested instead of the copy"):
        main([*toy.where(), "--packages", "json"])


def test_the_kept_list_holds_a_hundred_faults_or_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert int(capsys.readouterr().out.splitlines()[-1].partition(" ")[0]) >= 100


def test_the_report_names_every_fault_once(tried: dict[str, Any]) -> None:
    assert len(tried["told"]) == len(tried["report"]["tried"])
    assert json.dumps(tried["report"])
