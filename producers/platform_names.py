"""Platforms and models as people name them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from producers.errors import ModelChoiceUnclear, ModelNameInvalid, UnknownPlatform
from producers.readable import shown
from promptrelay.domain.platform import Platform

_MODEL_NAME = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_ALSO_CALLED = {"chatgpt": Platform.CHAT_GPT, "openai": Platform.CHAT_GPT, "anthropic": Platform.CLAUDE}


def platform_of(name: str) -> Platform:
    """The platform of that name, whatever its case and dashes. Raises UnknownPlatform."""
    folded = name.strip().casefold().replace("-", "_").replace(" ", "_")
    if folded in set(Platform):
        return Platform(folded)
    if folded in _ALSO_CALLED:
        return _ALSO_CALLED[folded]
    near = difflib.get_close_matches(folded, [*Platform, *_ALSO_CALLED], n=1)
    nearest = f" (did you mean {_ALSO_CALLED.get(near[0], near[0])}?)" if near else ""
    raise UnknownPlatform(name=shown(name), nearest=nearest)


def platforms_of(names: Iterable[str]) -> tuple[Platform, ...]:
    """The platforms of these names, each once, in the order given. Raises UnknownPlatform."""
    return tuple(dict.fromkeys(platform_of(name) for name in names))


def models_of(choices: Iterable[str]) -> dict[Platform, tuple[str, ...]]:
    """The models by platform of choices written PLATFORM=NAME; a platform may have several.

    Raises ModelChoiceUnclear, UnknownPlatform, ModelNameInvalid.
    """
    found: dict[Platform, list[str]] = {}
    for choice in choices:
        platform, sign, name = choice.partition("=")
        if not sign:
            raise ModelChoiceUnclear(text=shown(choice))
        names = found.setdefault(platform_of(platform), [])
        if checked_model(name.strip()) not in names:
            names.append(name.strip())
    return {platform: tuple(names) for platform, names in found.items()}


def checked_model(name: str) -> str:
    """The same name. Raises ModelNameInvalid where it cannot be one."""
    if not _MODEL_NAME.fullmatch(name):
        raise ModelNameInvalid(name=shown(name) or "An empty text")
    return name
