"""One request as it would be sent, with what is known of its model, and what a check of it finds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promptrelay.dataforseo.requests.leeway import RequestRules
from promptrelay.dataforseo.requests.task_fields import known_fields
from promptrelay.domain.model import Model
from promptrelay.domain.platform import Method, Platform

_O_SERIES = re.compile(r"o\d")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a request, in one sentence that holds no text of any message."""

    text: str
    is_certain: bool = True
    """Whether the provider's pages agree that it is refused."""


@dataclass(frozen=True, slots=True)
class Request:
    """The parameters that would be sent to a platform by a method."""

    platform: Platform
    method: Method
    model: str
    sent: Mapping[str, Any]
    facts: Model | None
    rules: RequestRules

    @classmethod
    def of(
        cls,
        place: tuple[Platform, Method],
        model: str,
        parameters: Mapping[str, Any],
        facts: Model | None,
        rules: RequestRules,
    ) -> Request:
        """The request with the parameters that this platform and method know and that have a value."""
        known = known_fields(*place)
        sent = {name: value for name, value in parameters.items() if name in known and value is not None}
        return cls(*place, model, sent, facts, rules)

    @property
    def model_reasons(self) -> bool:
        """Whether the model is known to reason: by the list of models, or by its name."""
        by_name = self.platform is Platform.CHAT_GPT and _O_SERIES.match(self.model) is not None
        return by_name or (self.facts is not None and self.facts.reasoning is True)

    @property
    def is_fixed(self) -> bool:
        """Whether it reasons in a way that leaves no choice of sampling or of forced search."""
        if self.platform is Platform.CHAT_GPT:
            return self.model_reasons
        return self.platform is Platform.CLAUDE and self.is_on("use_reasoning")

    @property
    def why_fixed(self) -> str:
        """The reason for that, as part of a sentence."""
        return f"{self.model} reasons" if self.platform is Platform.CHAT_GPT else "use_reasoning is true"

    def is_on(self, flag: str) -> bool:
        """Whether a flag is sent as true."""
        return self.sent.get(flag) is True

    def is_one_of(self, *names: str) -> bool:
        """Whether the model has one of these names, or is a dated version of one."""
        return any(self.model == name or self.model.startswith(f"{name}-20") for name in names)
