"""A plan names what in a file was taken for no row, and which rows may not be meant."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from producers.plan.plan import make_plan
from promptrelay.cli.shown.plan import prompt_text
from tests.unit.producers.conftest import Spec, Written

QUERIES = "Query,Clicks\nwhich hose,7\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"Report\n{QUERIES}who,1\n", "1 line above the header (line 2) is taken for the titles of a report"),
        (f"A\nB\n{QUERIES}who,1\n", "2 lines above the header (line 3) are taken for the titles"),
        (f"{QUERIES}Total,7\n", "line 3 has nothing but the sum of a report as prompt"),
        (f"{QUERIES}who\nwhat\n", "2 rows, the first on line 3, have fewer cells than the header"),
        (f"{QUERIES} which hose ,7\n", "line 3 has a prompt that looks like an earlier one"),
        ("query\nf\u00fcr?\nfu\u0308r?\n", "line 3 has a prompt that looks like an earlier one"),
    ],
)
def test_what_is_odd_is_named_with_its_line(spec: Spec, written: Written, text: str, said: str) -> None:
    (warning,) = [found for found in make_plan(spec(), written(text, "p.csv")).warnings if "line" in found]
    assert said in warning


def test_a_plain_file_is_not_warned_of(spec: Spec, written: Written) -> None:
    """A prompt that is repeated is counted, and is no look-alike; totals in a sentence are no sums."""
    text = f"{QUERIES}which hose,8\nwho is Total?,1\n"
    assert not [found for found in make_plan(spec(), written(text, "p.csv")).warnings if "line" in found]


def test_the_column_and_the_first_prompt_are_shown_and_signs_do_nothing(spec: Spec, written: Written) -> None:
    made = make_plan(spec(), written('Query,x\n"which\n[red]hose[/]\x1b]52;c;eA==\x07",1\n', "p.csv"))
    out = io.StringIO()
    Console(file=out, width=200).print(prompt_text(made), highlight=False)
    assert (
        out.getvalue() == "prompts from the column Query; the first: which [red]hose[/]\\x1b]52;c;eA==\\x07\n"
    )
    assert (made.to_json()["prompt_column"], made.to_json()["titles"]) == ("Query", 0)
