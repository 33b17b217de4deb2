"""A survey counts what will be sent, in little memory, and names the input by all that is in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from producers.plan.survey import survey
from promptrelay.domain.platform import Method, Platform
from tests.unit.producers.conftest import Spec, Written

GPT, CLAUDE, GEMINI, PERPLEXITY = Platform
TEXT = "prompt,temperature,model\na,,\na,,\na,0.5,\na,0.50,\na,,perplexity=n\nb,,\n"


def test_duplicates_are_rows_that_want_nothing_new(spec: Spec, written: Written) -> None:
    path = written(TEXT, "p.csv")
    found = survey(spec(platforms=(GPT, PERPLEXITY), repeats=2), path)
    assert (found.rows, found.unique, found.duplicates, found.refused_rows) == (6, 4, 2, 0)
    assert found.jobs == {
        (GPT, Method.STANDARD, "m"): 6,
        (PERPLEXITY, Method.LIVE, "m"): 6,
        (PERPLEXITY, Method.LIVE, "n"): 2,
    }
    assert found.answers == {GPT: 12, PERPLEXITY: 12}
    each = survey(spec(platforms=(GPT, PERPLEXITY), keep_duplicates=True), path)
    assert (sum(each.jobs.values()), each.duplicates) == (12, 2)


@pytest.mark.parametrize(
    "text",
    [
        "prompt,tag,top_p\na,t,0.6\n",
        "prompt,tag,top_p\na,u,0.5\n",
        "prompt,tag,top_p\nb,t,0.5\n",
        "prompt,tag,x,top_p\na,t,1,0.5\n",
    ],
)
def test_all_that_is_sent_or_given_back_is_in_the_fingerprint(
    spec: Spec, written: Written, text: str
) -> None:
    first = survey(spec(), written("prompt,tag,top_p\na,t,0.5\n", "p.csv")).input_hash
    assert survey(spec(), written(text, "q.csv")).input_hash != first


def test_the_fingerprint_is_of_what_the_template_makes(spec: Spec, written: Written) -> None:
    path = written("city\nRome\n", "p.csv")

    def hashed(**changes: Any) -> str:
        return survey(spec(**changes), path).input_hash

    assert hashed(template="Hi {{ city }}") == hashed(template="Hi {{city}}")
    assert hashed(template="Hi {{ city }}") != hashed(template="Ho {{ city }}")
    assert hashed(tag="a") != hashed(tag="b")


def test_the_same_rows_are_the_same_input_whatever_the_format(spec: Spec, written: Written) -> None:
    paths = [
        written("prompt,temperature,x\na,0.5,1\n", "p.csv"),
        written("x\ttemperature\tprompt\n1\t0.50\ta\n", "p.tsv"),
        written('{"prompt": "a", "temperature": 0.5, "x": 1}\n', "p.jsonl"),
    ]
    assert len({survey(spec(), path).input_hash for path in paths}) == 1


PEAK = """
import resource, sys
from pathlib import Path
from producers.campaign.spec import CampaignSpec
from producers.plan.survey import survey
from promptrelay.domain.platform import Platform
spec = CampaignSpec(name="c", account="a", platforms=tuple(Platform), models=dict.fromkeys(Platform, ("m",)))
found = survey(spec, Path(sys.argv[1]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(found.unique, sum(found.jobs.values()), peak * (1 if sys.platform == "darwin" else 1024))
"""


def peak_bytes(path: Path, rows: int) -> int:
    path.write_text("prompt,x\n" + "".join(f"What about shoe number {n}?,{n}\n" for n in range(rows)))
    command = [sys.executable, "-c", PEAK, str(path)]
    unique, jobs, peak = subprocess.check_output(command, text=True, timeout=120).split()
    assert (int(unique), int(jobs)) == (rows, 4 * rows)
    return int(peak)


def test_a_hundred_thousand_rows_take_20_mb_more_than_a_thousand(tmp_path: Path) -> None:
    more = peak_bytes(tmp_path / "many.csv", 100_000) - peak_bytes(tmp_path / "few.csv", 1_000)
    assert more < 20_000_000
