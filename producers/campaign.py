"""What a campaign wants: prompts times platforms, models and repeats, under its caps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from producers.errors import (
    CampaignNameInvalid,
    CampaignNumberInvalid,
    ModelMissing,
    UnknownMethod,
    UnknownParameter,
)
from producers.platform_choice import checked_model, shown
from promptrelay.dataforseo.task_fields import known_fields
from promptrelay.domain.ids import digest
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method, Platform

METHODS = ("standard", "live", "auto")
MAX_REPEATS = 1_000
MAX_WEIGHT = 1_000
_NOTIFY = frozenset({"postback_url", "pingback_url"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One platform with one of its models, and how it is asked."""

    platform: Platform
    model: str
    method: Method
    parameters: Mapping[str, Any]
    """Only those that this platform and method know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSpec:
    """A campaign as it was asked for; checked when it is made.

    Raises CampaignError (its kinds name the field and the cure).
    """

    name: str
    account: str
    platforms: tuple[Platform, ...]
    models: Mapping[Platform, tuple[str, ...]]
    method: str = "standard"
    repeats: int = 1
    keep_duplicates: bool = False
    skip_invalid: bool = False
    max_cost: Usd | None = None
    """None: no cap; on an unfinished run the cap that it has stays."""
    max_float: Usd | None = None
    priority: int = 0
    weight: int = 1
    parameters: Mapping[str, Any] = field(default_factory=dict)
    prompt_column: str | None = None
    on_lost_live: str = "fail"
    """`retry` pays again for a Live answer that nobody has any more (P19)."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= 128:
            raise CampaignNameInvalid(length=len(self.name))
        if self.method not in METHODS:
            raise UnknownMethod(name=shown(self.method))
        _check_numbers(self)
        for platform in self.platforms:
            if not self.models.get(platform):
                raise ModelMissing(platform=platform.value)
            for model in self.models[platform]:
                checked_model(model)
        _check_parameters(self)

    def method_of(self, platform: Platform) -> Method:
        """How this platform is asked: Live where Live is wanted or there is nothing else."""
        live = self.method == "live" or not platform.has_standard
        return Method.LIVE if live else Method.STANDARD

    def targets(self) -> tuple[Target, ...]:
        """Every platform and model that each prompt goes to, in the order asked for."""
        return tuple(
            Target(
                platform=platform,
                model=model,
                method=self.method_of(platform),
                parameters=self._parameters_for(platform),
            )
            for platform in self.platforms
            for model in self.models[platform]
        )

    def notes(self) -> tuple[str, ...]:
        """What is done otherwise than one might think, a sentence each."""
        live_only = [p for p in self.platforms if self.method == "standard" and not p.has_standard]
        unknown = {p: sorted(set(self.parameters) - set(self._parameters_for(p))) for p in self.platforms}
        return (
            *(f"{platform} has no Standard method: it is asked Live." for platform in live_only),
            *(
                f"{platform} does not know {', '.join(names)}: not sent."
                for platform, names in unknown.items()
                if names
            ),
        )

    def fingerprint(self, input_hash: str) -> str:
        """What makes two submissions the same run; caps, priority and weight are not in it (P29)."""
        return digest(
            {
                "account": self.account,
                "name": self.name,
                "input": input_hash,
                "targets": sorted([t.platform, t.model, t.method] for t in self.targets()),
                "parameters": dict(self.parameters),
                "repeats": self.repeats,
                "keep_duplicates": self.keep_duplicates,
            }
        )

    def options(self) -> dict[str, Any]:
        """What the run's row keeps of this, for people and for later sendings."""
        return {
            "platforms": [platform.value for platform in self.platforms],
            "models": {platform.value: list(self.models[platform]) for platform in self.platforms},
            "methods": {platform.value: self.method_of(platform).value for platform in self.platforms},
            "repeats": self.repeats,
            "keep_duplicates": self.keep_duplicates,
            "skip_invalid": self.skip_invalid,
            "parameters": dict(self.parameters),
            "on_lost_live": self.on_lost_live,
        }

    def _parameters_for(self, platform: Platform) -> dict[str, Any]:
        known = known_fields(platform, self.method_of(platform))
        return {name: value for name, value in self.parameters.items() if name in known}


def _check_numbers(spec: CampaignSpec) -> None:
    if not 1 <= spec.repeats <= MAX_REPEATS:
        raise CampaignNumberInvalid(field="repeats", value=spec.repeats, expected=f"1 to {MAX_REPEATS}")
    if not 1 <= spec.weight <= MAX_WEIGHT:
        raise CampaignNumberInvalid(field="weight", value=spec.weight, expected=f"1 to {MAX_WEIGHT}")
    for name, cap in (("max_cost", spec.max_cost), ("max_float", spec.max_float)):
        if cap is not None and cap <= ZERO:
            raise CampaignNumberInvalid(field=name, value=cap, expected="more than 0 USD")


def _check_parameters(spec: CampaignSpec) -> None:
    known: set[str] = set()
    for platform in spec.platforms:
        known |= known_fields(platform, spec.method_of(platform))
    # Where the provider sends its news is a setting of the deployment, not of a campaign.
    known -= _NOTIFY
    strangers = sorted(set(spec.parameters) - known)
    if strangers:
        raise UnknownParameter(names=", ".join(map(shown, strangers)), known=", ".join(sorted(known)))
