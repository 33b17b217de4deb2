"""What a campaign wants: prompts times platforms, models and repeats, under its caps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from producers.campaign.errors import (
    CampaignNameInvalid,
    CampaignNumberInvalid,
    CampaignTextInvalid,
    ModelMissing,
    ParameterNotKnown,
    ParametersRefused,
    UnknownMethod,
    UnknownParameter,
    UnknownWord,
)
from producers.campaign.parameter_templates import ParameterTemplates
from producers.platform_names import checked_model
from producers.prompts.reading import ListedPrompts
from producers.prompts.row_shape import RowShape
from producers.prompts.templates import TextTemplate
from producers.readable import shown
from promptrelay.dataforseo.requests.rules import DEFAULT, RequestRules, problems
from promptrelay.dataforseo.requests.task_fields import known_fields
from promptrelay.domain.ids import digest
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.prompt_rules import flaw
from promptrelay.visible import visible

METHODS = ("standard", "live", "auto")
ON_LOST_LIVE = ("fail", "retry")
MAX_REPEATS = 1_000
MAX_WEIGHT = 1_000
MAX_PRIORITY = 1_000
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
    platforms_assumed: bool = False
    """Whether nobody named a platform."""
    models: Mapping[Platform, tuple[str, ...]]
    method: str = "standard"
    methods: Mapping[Platform, str] = field(default_factory=dict)
    """Of platforms that are asked otherwise than the rest."""
    repeats: int = 1
    keep_duplicates: bool = False
    skip_invalid: bool = False
    max_cost: Usd | None = None
    """None: no cap; on an unfinished run the cap that it has stays."""
    max_float: Usd | None = None
    priority: int = 0
    weight: int = 1
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """For every platform that knows them; a text with `{{` in it is filled from the row."""
    platform_parameters: Mapping[Platform, Mapping[str, Any]] = field(default_factory=dict)
    """These go before the shared ones."""
    prompts: Path | ListedPrompts | None = None
    """Where the prompts are; None: in the file that is handed in."""
    prompt_column: str | None = None
    plain_columns: bool = False
    template: str | None = None
    tag: str | None = None
    """The user's own, for rows that have none."""
    on_lost_live: str = "fail"
    """`retry` pays again for a Live answer that nobody has any more (P19)."""
    rules: RequestRules = DEFAULT
    """What is taken where the provider's pages contradict each other."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.strip()) <= 128:
            raise CampaignNameInvalid(length=len(self.name.strip()))
        _check_words(self)
        _check_numbers(self)
        for platform in self.platforms:
            if not self.models.get(platform):
                raise ModelMissing(platform=platform.value)
            for model in self.models[platform]:
                checked_model(model)
        _check_parameters(self)
        # A template is made here to see that it can be.
        self.row_shape()
        _check_requests(self)

    def prompts_of(self, path: Path) -> Path | ListedPrompts:
        """Where the prompts are when this file was handed in."""
        return path if self.prompts is None else self.prompts

    def row_shape(self) -> RowShape:
        """What is asked of the rows."""
        return RowShape(
            prompt_column=self.prompt_column,
            template=None if self.template is None else TextTemplate(self.template),
            plain_columns=self.plain_columns,
            tag=self.tag,
            max_prompt_chars=self.rules.max_text_chars,
        )

    def method_of(self, platform: Platform) -> Method:
        """How this platform is asked: Live where Live is wanted or there is nothing else."""
        live = self.methods.get(platform, self.method) == "live" or not platform.has_standard
        return Method.LIVE if live else Method.STANDARD

    def parameters_of(self, platform: Platform) -> dict[str, Any]:
        """The parameters for this platform, of which it may not know all."""
        return {**self.parameters, **self.platform_parameters.get(platform, {})}

    def targets(self) -> tuple[Target, ...]:
        """Every platform and model that each prompt goes to, in the order asked for."""
        return tuple(
            Target(
                platform=platform,
                model=model,
                method=self.method_of(platform),
                parameters=self._sent_parameters(platform),
            )
            for platform in self.platforms
            for model in self.models[platform]
        )

    def problems_of(self, target: Target) -> list[str]:
        """Why the provider would refuse the target's parameters, a sentence each; empty when it would not."""
        return problems(target.platform, target.method, target.model, target.parameters, rules=self.rules)

    def plain_parameters(self, target: Target) -> Mapping[str, Any]:
        """Those of the target that are the same for every row; what rows fill is checked with each row."""
        return ParameterTemplates(target.parameters, target.platform).plain

    def notes(self) -> tuple[str, ...]:
        """What is done otherwise than one might think, a sentence each."""
        asked = {p: self.methods.get(p, self.method) for p in self.platforms}
        live_only = [p for p in self.platforms if asked[p] == "standard" and not p.has_standard]
        unknown = {p: sorted(set(self.parameters) - self._known(p)) for p in self.platforms}
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
        own = {p.value: dict(values) for p, values in self.platform_parameters.items() if values}
        return digest(
            {
                "account": self.account,
                "name": self.name,
                "input": input_hash,
                "targets": sorted([t.platform, t.model, t.method] for t in self.targets()),
                "parameters": dict(self.parameters),
                "repeats": self.repeats,
                "keep_duplicates": self.keep_duplicates,
                **({"platform_parameters": own} if own else {}),
            }
        )

    def options(self) -> dict[str, Any]:
        """What the run's row keeps of this, for people and for later sendings."""
        own = {p.value: dict(values) for p, values in self.platform_parameters.items() if values}
        return {
            "platforms": [platform.value for platform in self.platforms],
            "models": {platform.value: list(self.models[platform]) for platform in self.platforms},
            "methods": {platform.value: self.method_of(platform).value for platform in self.platforms},
            "repeats": self.repeats,
            "keep_duplicates": self.keep_duplicates,
            "skip_invalid": self.skip_invalid,
            "parameters": dict(self.parameters),
            "platform_parameters": own,
            "template": self.template,
            "tag": self.tag,
            "on_lost_live": self.on_lost_live,
        }

    def _known(self, platform: Platform) -> frozenset[str]:
        return known_fields(platform, self.method_of(platform))

    def _sent_parameters(self, platform: Platform) -> dict[str, Any]:
        known = self._known(platform)
        return {name: value for name, value in self.parameters_of(platform).items() if name in known}


def checked_method(name: str) -> str:
    """The same name. Raises UnknownMethod."""
    if name not in METHODS:
        raise UnknownMethod(name=shown(name))
    return name


def _check_words(spec: CampaignSpec) -> None:
    if visible(spec.name) != spec.name:
        what = "signs that nobody sees or that act on a terminal: choose another with --name"
        raise CampaignTextInvalid(field="The name", what=what)
    wrong = flaw(spec.tag or "")
    if wrong:
        raise CampaignTextInvalid(field="The tag", what=wrong)
    for method in (spec.method, *spec.methods.values()):
        checked_method(method)
    if spec.on_lost_live not in ON_LOST_LIVE:
        raise UnknownWord(field="on_lost_live", value=shown(spec.on_lost_live), expected="fail or retry")


def _check_numbers(spec: CampaignSpec) -> None:
    bounds = (
        ("repeats", spec.repeats, 1, MAX_REPEATS),
        ("weight", spec.weight, 1, MAX_WEIGHT),
        ("priority", spec.priority, -MAX_PRIORITY, MAX_PRIORITY),
    )
    for field_name, number, least, most in bounds:
        if not least <= number <= most:
            raise CampaignNumberInvalid(field=field_name, value=number, expected=f"{least} to {most}")
    for name, cap in (("max_cost", spec.max_cost), ("max_float", spec.max_float)):
        if cap is not None and cap <= ZERO:
            raise CampaignNumberInvalid(field=name, value=cap, expected="more than 0 USD")


def _check_parameters(spec: CampaignSpec) -> None:
    # Where the provider sends its news is a setting of the deployment, not of a campaign.
    known = {p: known_fields(p, spec.method_of(p)) - _NOTIFY for p in spec.platforms}
    every = frozenset[str]().union(*known.values())
    strangers = sorted(set(spec.parameters) - every)
    if strangers:
        raise UnknownParameter(names=", ".join(map(shown, strangers)), known=", ".join(sorted(every)))
    for platform in spec.platforms:
        strangers = sorted(set(spec.platform_parameters.get(platform, {})) - known[platform])
        if strangers:
            names = ", ".join(map(shown, strangers))
            raise ParameterNotKnown(platform=platform, names=names, known=", ".join(sorted(known[platform])))


def _check_requests(spec: CampaignSpec) -> None:
    for target in spec.targets():
        found = spec.problems_of(replace(target, parameters=spec.plain_parameters(target)))
        if found:
            raise ParametersRefused(platform=target.platform, model=target.model, problem=found[0])
