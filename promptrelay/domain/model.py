"""The models that a platform lists, and which of them a name means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from promptrelay.domain.platform import Platform

_DATE = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8}|\d{3,4})$")
_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Model:
    """A model that a platform offers; None where the provider does not say."""

    name: str
    reasoning: bool | None = None
    web_search: bool | None = None
    task_post: bool | None = None


class ModelList:
    """The models of one platform as the provider listed them at one time; empty: no list is known."""

    def __init__(self, platform: Platform, models: Iterable[Model] = (), *, seen_at: float = 0.0) -> None:
        self.platform = platform
        self.models = tuple(models)
        self.seen_at = seen_at
        self._by_name = {model.name: model for model in self.models}

    def __bool__(self) -> bool:
        return bool(self.models)

    def find(self, name: str) -> Model | None:
        """What the list says of that model; None where it lacks it.

        A base name means its newest dated version (`gpt-4.1`: `gpt-4.1-2025-04-14`), and a dated name that
        is not listed means the base, as long as no other date of it is listed.
        """
        found = self._by_name.get(name) or self._related(name)
        if found is not None and found.reasoning and not self._tells_who_reasons:
            return replace(found, reasoning=None)
        return found

    def nearest(self, name: str) -> list[str]:
        """The listed names that look most like this one."""
        return difflib.get_close_matches(name, list(self._by_name), n=_NEAREST, cutoff=0.4)

    def _related(self, name: str) -> Model | None:
        """The platform's own name for a base puts a version before the date: claude-opus-4-0 is no prefix."""
        kin = [model for model in self.models if base_name(model.name) == base_name(name)]
        dated = [model for model in kin if _DATE.search(model.name)]
        if not _DATE.search(name):
            return max(dated, key=lambda model: model.name, default=None) or next(iter(kin), None)
        return None if dated else next(iter(kin), None)

    @property
    def _tells_who_reasons(self) -> bool:
        """ChatGPT's list has been seen to say of every model that it reasons: then it says nothing."""
        every = len(self.models) > 1 and all(model.reasoning for model in self.models)
        return not (every and self.platform is Platform.CHAT_GPT)


def base_name(name: str) -> str:
    """The name without its date, `-latest` or the minor version 0 that stands for a date."""
    return _DATE.sub("", name).removesuffix("-latest").removesuffix("-0")
