"""A campaign names prompts in its own folder; nothing else is read with its reader's eyes."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import Settings
from producers.campaign.errors import CampaignFileWrong
from producers.campaign.reading import read_campaign


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign's folder beside one with a secret."""
    for name in ("campaigns", "secret", "campaigns-old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.csv").write_text("prompt\nroot:x:0:0\n")
    return tmp_path / "campaigns"


def read(folder: Path, file: str, *beyond: Path) -> object:
    campaign = folder / "c.yaml"
    campaign.write_text(f"prompts: {{file: {file!r}}}\n")
    return read_campaign(campaign, beyond)[1]


def plant(folder: Path, name: str, target: Path) -> str:
    (folder / name).symlink_to(target)
    return name


@pytest.mark.parametrize(
    "way", ["above", "whole path", "link", "linked folder", "like a neighbour", "device"]
)
def test_what_lies_elsewhere_is_refused_with_the_cure(folder: Path, way: str) -> None:
    secret = folder.parent / "secret" / "p.csv"
    file = {
        "above": lambda: "../secret/p.csv",
        "whole path": lambda: str(secret),
        "link": lambda: plant(folder, "link.csv", secret),
        "linked folder": lambda: plant(folder, "sub", secret.parent) + "/p.csv",
        "like a neighbour": lambda: str(folder.parent / "campaigns-old" / "p.csv"),
        "device": lambda: plant(folder, "zero.txt", Path("/dev/zero")),
    }[way]()
    with pytest.raises(CampaignFileWrong, match=r"not in this campaign's folder.*PROMPT_FOLDERS") as refused:
        read(folder, file)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("file", ["p.csv", "./p.csv", "sub/p.csv", "../campaigns/p.csv"])
def test_what_lies_in_the_folder_or_below_is_found(folder: Path, file: str) -> None:
    assert read(folder, file) == folder / file


def test_a_link_within_the_folder_and_one_to_the_folder_are_followed(folder: Path) -> None:
    assert read(folder, plant(folder, "newest.csv", folder / "p.csv")) == folder / "newest.csv"
    seen_as = folder.parent / "today"
    seen_as.symlink_to(folder)
    assert read(seen_as, "p.csv") == seen_as / "p.csv"


def test_folders_beyond_are_open_where_a_setting_names_them(folder: Path) -> None:
    secret = folder.parent / "secret"
    assert read(folder, "../secret/p.csv", secret) == folder / "../secret/p.csv"
    with pytest.raises(CampaignFileWrong):
        read(folder, "../campaigns-old/p.csv", secret)


def test_the_setting_takes_whole_paths_alone(folder: Path) -> None:
    two = Settings(_env_file=None, prompt_folders=f"{folder}:~/prompts").folders_of_prompts
    assert two == (folder, Path.home() / "prompts")
    assert Settings(_env_file=None).folders_of_prompts == ()
    with pytest.raises(ValueError, match="prompts is no whole path; begin it with / or ~"):
        Settings(_env_file=None, prompt_folders=f"{folder}:prompts")


def test_links_in_a_circle_end(folder: Path) -> None:
    plant(folder, "a.csv", folder / "b.csv")
    plant(folder, "b.csv", folder / "a.csv")
    assert read(folder, "a.csv") == folder / "a.csv"
