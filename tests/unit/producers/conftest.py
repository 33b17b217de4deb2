"""Campaign files and specs made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from config.settings import Settings
from producers.campaign.spec import CampaignSpec
from promptrelay.cli.options.campaign import campaign_options, campaign_spec
from promptrelay.domain.platform import Platform

Written = Callable[..., Path]
Spec = Callable[..., CampaignSpec]
Asked = Callable[..., CampaignSpec]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes a file and gives its path."""

    def write(text: str | bytes, name: str = "campaign.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def spec() -> Spec:
    """A campaign on all platforms, changed as asked."""

    def make(**changes: Any) -> CampaignSpec:
        models = dict.fromkeys(Platform, ("m",))
        wanted: dict[str, Any] = {"name": "c", "account": "a", "platforms": tuple(Platform), "models": models}
        return CampaignSpec(**(wanted | changes))

    return make


@pytest.fixture
def asked() -> Asked:
    """The campaign that a command line asks for."""

    @click.command()
    @campaign_options
    def command(file: Path, **given: Any) -> CampaignSpec:
        return campaign_spec(Settings(_env_file=None), file, given)

    def ask(*words: object) -> CampaignSpec:
        found: CampaignSpec = command.main([str(word) for word in words], standalone_mode=False)
        return found

    return ask
