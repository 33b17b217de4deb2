from __future__ import annotations

from producers.prompts.reading import PromptRow, read_prompts
from tests.checkout import ROOT

EXAMPLES = ROOT / "examples" / "prompts.csv"


def test_the_example_file_holds_at_least_200_different_prompts_and_none_is_refused() -> None:
    rows = list(read_prompts(EXAMPLES))
    assert all(isinstance(row, PromptRow) for row in rows)
    prompts = {row.prompt for row in rows if isinstance(row, PromptRow)}
    assert len(prompts) == len(rows) >= 200


def test_every_example_has_a_tag_and_a_topic_and_several_scripts_are_there() -> None:
    rows = [row for row in read_prompts(EXAMPLES) if isinstance(row, PromptRow)]
    assert all(row.user_tag and row.variables["topic"] for row in rows)
    everything = "".join(row.prompt for row in rows)
    assert all(letter in everything for letter in "äñяのの가اहাΠ的")
