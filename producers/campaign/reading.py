"""Reads a campaign file, and says of the first thing that is wrong in it where it is and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from producers.campaign.errors import CampaignFileWrong
from producers.campaign.file import CampaignFile
from producers.campaign.prompt_folders import is_within
from producers.campaign.yaml_values import YamlValues, read_yaml
from producers.prompts.errors import PromptFileIsDirectory, PromptFileMissing
from producers.prompts.listed_prompts import ListedPrompts
from producers.readable import shown

SUFFIXES = (".yaml", ".yml")
_BEYOND = (
    "prompts.file: {file} is not in this campaign's folder; put it there, or name its folder in"
    " PROMPTRELAY_PROMPT_FOLDERS"
)
_CURES = {
    "prompts": ": write prompts: {file: prompts.csv} or prompts: {list: [...]}",
    "platforms": ": write platforms: {chat_gpt: {}} or give each its models",
}
_WRONG_TYPES = {
    "string_type": "has to be text; put it in quotes",
    "int_type": "has to be a whole number",
    "float_type": "has to be a number",
    "bool_type": "has to be true or false",
    "list_type": "has to be a list",
    "dict_type": "has to be a mapping",
    "model_type": "has to be a mapping",
    "missing": "is missing",
    "too_short": "is empty; list at least one",
    "string_too_short": "is empty; write it or leave it out",
    "string_too_long": "is longer than {max_length} characters",
    "greater_than_equal": "has to be at least {ge}",
    "less_than_equal": "has to be at most {le}",
}


def is_campaign_file(path: Path) -> bool:
    """Whether the name is that of a campaign's description, not of a file of prompts."""
    return path.suffix.lower() in SUFFIXES


def read_campaign(path: Path, beyond: Sequence[Path] = ()) -> tuple[CampaignFile, Path | ListedPrompts]:
    """The description and where its prompts are: in its folder, or in one of those beyond.

    Raises CampaignError and PromptFileError.
    """
    if path.is_dir():
        raise PromptFileIsDirectory(path=path)
    if not path.exists():
        raise PromptFileMissing(path=path)
    found = read_yaml(path)
    if not isinstance(found.value, dict):
        raise CampaignFileWrong(path=path, what="has to be a mapping with at least the key prompts")
    try:
        campaign = CampaignFile.model_validate(found.value)
    except ValidationError as error:
        raise CampaignFileWrong(path=path, what=_complaint(error)) from None
    return campaign, _prompts(path, campaign, found, beyond)


def _prompts(
    path: Path, campaign: CampaignFile, found: YamlValues, beyond: Sequence[Path]
) -> Path | ListedPrompts:
    if campaign.prompts.file is not None:
        file = path.parent / campaign.prompts.file
        if not is_within(file, [path.parent, *beyond]):
            raise CampaignFileWrong(path=path, what=_BEYOND.format(file=shown(campaign.prompts.file)))
        return file
    lines = found.lines("prompts") or found.lines("prompts", "list")
    return ListedPrompts(path, tuple(zip(lines, campaign.prompts.entries or [], strict=True)))


def _complaint(error: ValidationError) -> str:
    """The first thing that is wrong, with how many more there are."""
    first = error.errors(include_url=False)[0]
    context: dict[str, Any] = first.get("ctx", {})
    place = [*first["loc"], *([context["key"]] if first["type"] == "unknown_key" else [])]
    more = error.error_count() - 1
    cure = _CURES.get(_path(place), "") if first["type"] in ("dict_type", "model_type") else ""
    text = f"{_path(place)}: {_said(first['type'], first['msg'], context, first['input'])}{cure}"
    return f"{text} ({more} more)" if more else text


def _said(kind: str, message: str, context: dict[str, Any], value: object) -> str:
    if kind == "literal_error":
        choices = context["expected"].replace("'", "")
        near = difflib.get_close_matches(str(value), choices.replace(" or ", ", ").split(", "), n=1)
        return f"has to be {choices}" + (f"; did you mean {near[0]}?" if near else "")
    return _WRONG_TYPES[kind].format(**context) if kind in _WRONG_TYPES else message


def _path(place: list[Any]) -> str:
    """`platforms.chat_gpt.models[2]`: entries of lists count from 1, as people do."""
    text = ""
    for part in place:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{shown(str(part))}"
    return text.removeprefix(".")
