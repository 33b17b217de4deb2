"""The published schema is the program's, and says of campaign files what the program says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from producers.campaign.schema import campaign_schema
from tests.checkout import ROOT
from tests.unit.producers.campaign.test_campaign_options import FULL
from tests.unit.producers.conftest import Asked, Written

EXAMPLES = ROOT / "examples"
SCHEMA = EXAMPLES / "campaign.schema.json"


def check(*words: object) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "check-jsonschema"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_published_schema_is_what_the_command_prints() -> None:
    assert json.loads(SCHEMA.read_text()) == campaign_schema(), (
        "run: promptrelay schema > examples/campaign.schema.json"
    )


def test_it_is_a_schema_that_takes_the_example_and_a_full_campaign(written: Written) -> None:
    assert check("--check-metaschema", SCHEMA).returncode == 0
    found = check("--schemafile", SCHEMA, EXAMPLES / "campaign.yaml", written(FULL))
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    "text",
    [
        "prompts: [a]\nparamters: {}\n",
        "prompts: {}\n",
        "prompts: [5]\n",
        "prompts: [a]\nplatforms: [gemni]\n",
        "prompts: [a]\nplatforms: {claude: {parameters: {top_q: 1}}}\n",
        "prompts: [a]\nrepeats: 0\n",
        "prompts: [a]\nmethod: fast\n",
        "prompts: [a]\nschedule: {misfire: never}\n",
        "prompts: [a]\nschedule: {monthly_cap: -1}\n",
        "prompts: [a]\nschedule: {crom: '0 7 * * *'}\n",
        "prompts: [a]\nparameters: {message_chain: [{role: bot, message: x}]}\n",
    ],
)
def test_it_refuses_what_the_program_refuses(written: Written, asked: Asked, text: str) -> None:
    path = written(text)
    assert check("--schemafile", SCHEMA, path).returncode == 1
    with pytest.raises(Exception, match=r"campaign\.yaml"):
        asked(path)


def test_the_example_is_a_campaign_on_three_platforms(asked: Asked) -> None:
    assert len(asked(EXAMPLES / "campaign.yaml").targets()) == 3
