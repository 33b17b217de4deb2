"""An entry that fits the source no more is named before anything runs, with what to mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.mutants.faults import Fault, StaleFault, read_rooms, stale
from tests.unit.house.toy import NOTICED, SUMS, UNTESTED, Toy


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return Toy(tmp_path / "checkout")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"find": "found += amounts"}, "`find` stands 0 times in toy/sums.py:total, expected 1"),
        ({"find": "found += amounts"}, "(nearest line: found += amount)"),
        ({"find": "amount"}, "`find` stands 4 times in toy/sums.py:total, expected 1"),
        ({"times": 2}, "`find` stands 1 times in toy/sums.py:total, expected 2"),
        ({"at": "toy/sums.py:sum"}, "toy/sums.py has no sum any more; mend `at`"),
        ({"at": "toy/gone.py"}, "there is no toy/gone.py; mend `at`"),
        ({"put": "+= ("}, "toy/sums.py is no Python with it"),
    ],
    ids=["gone", "what is near", "too often", "too seldom", "no such function", "no such file", "no Python"],
)
def test_it_ends_before_anything_runs(toy: Toy, fault: dict[str, Any], told: str) -> None:
    toy.list({**NOTICED, **fault}, UNTESTED)
    code, out, err = toy.run()
    assert (code, out) == (2, "")
    assert err.startswith("sums: takes off: ")
    assert told in err


def test_all_that_is_stale_is_told_at_once(toy: Toy) -> None:
    gone = {"find": "gone"}
    toy.list({**NOTICED, **gone}, {**UNTESTED, **gone}, NOTICED, tests='["tests/gone.py::test_x"]')
    _, _, err = toy.run()
    assert len(err.splitlines()) == 4
    assert err.splitlines()[0] == "sums: there is no tests/gone.py::test_x; mend `tests`"
    assert err.splitlines()[-1] == "sums: takes off: there are two of that name; rename one"


@pytest.mark.parametrize(
    "text", ["tests = [", "tests = []\n[[fault]]\nname = 'x'\n", "tests = []\nfault = 3\n", "x = 1\n"]
)
def test_a_list_that_cannot_be_read_is_named(toy: Toy, text: str) -> None:
    (toy.root / "rooms/sums.toml").write_text(text)
    code, _, err = toy.run()
    assert code == 2
    assert err.startswith("sums.toml: ")


def test_only_those_asked_for_are_looked_at(toy: Toy) -> None:
    toy.list({**NOTICED, "find": "gone"}, {**UNTESTED, "accepted": "why"})
    assert toy.run("--list", "--only", "divide") == (
        0,
        "sums (tests/test_sums.py)\n  forgets to divide  [means]  toy/sums.py (explained)\n1 faults\n",
        "",
    )
    assert toy.run("--only", "takes")[0] == 2
    assert "--list shows all" in toy.run("--only", "no such word")[2]


def test_a_fault_is_planted_in_every_place_that_it_counts_and_in_its_holder_alone() -> None:
    fault = Fault("r", "n", "x.py", "C.f", "1", "2", "p", times=2)
    text = "one = 1\n\n\nclass C:\n    def f(self):\n        return 1 + 1\n"
    assert fault.planted(text) == "one = 1\n\n\nclass C:\n    def f(self):\n        return 2 + 2\n"
    with pytest.raises(StaleFault):
        fault.planted(text.replace("1 + 1", "1"))


def test_a_source_that_was_changed_makes_its_entry_stale(toy: Toy) -> None:
    toy.list(NOTICED)
    rooms = read_rooms(toy.root / "rooms")
    assert stale(toy.root, rooms) == []
    (toy.root / "toy/sums.py").write_text(SUMS.replace("found += amount", "found = found + amount"))
    assert len(stale(toy.root, rooms)) == 1


def test_the_kept_list_fits_this_tree() -> None:
    """Else nobody knows before a survey of hours that a part of it cannot be planted any more."""
    root = Path(__file__).resolve().parents[3]
    assert stale(root, read_rooms(root / "tests/mutants/rooms")) == []
