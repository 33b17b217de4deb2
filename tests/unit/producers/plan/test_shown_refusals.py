"""A thousand refused rows are kept to be shown, not one fewer, and all are counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.campaign.spec import CampaignSpec
from producers.plan.survey import survey
from promptrelay.domain.platform import Platform

SPEC = CampaignSpec(name="c", account="a", platforms=(Platform.CHAT_GPT,), models={Platform.CHAT_GPT: ("m",)})


@pytest.mark.parametrize(("refused", "kept"), [(999, 999), (1_000, 1_000), (1_001, 1_000)])
def test_the_first_thousand_are_kept(tmp_path: Path, refused: int, kept: int) -> None:
    path = tmp_path / "prompts.csv"
    path.write_text("prompt,tag\ngood,\n" + ',"no prompt"\n' * refused)
    found = survey(SPEC, path)
    assert (found.rows, found.refused_rows, len(found.refused)) == (1, refused, kept)
    assert found.refused[-1].line_no == kept + 2
