"""What can be wrong with how a campaign is described."""

from __future__ import annotations

from producers.errors import CampaignError


class CampaignYamlBroken(CampaignError):
    """{path}{place}: not the YAML of a campaign: {what}."""


class CampaignFileWrong(CampaignError):
    """{path}: {what}"""


class UnknownMethod(CampaignError):
    """There is no method called {name}; there are standard, live and auto."""


class ModelOfNobody(CampaignError):
    """A model is chosen for {platform}, which is not asked: add --platform {platform}, or leave it out."""


class ModelMissing(CampaignError):
    """No model is chosen for {platform}: write --model {platform}=NAME."""


class CampaignTextInvalid(CampaignError):
    """{field} has {what}."""


class CampaignNumberInvalid(CampaignError):
    """{field} is {value}; it has to be {expected}."""


class CampaignNameInvalid(CampaignError):
    """The campaign's name has {length} characters; it has to have 1 to 128."""


class UnknownParameter(CampaignError):
    """No chosen platform knows the parameter {names}; known are: {known}."""


class ParameterNotKnown(CampaignError):
    """{platform} does not know the parameter {names}; it knows: {known}."""


class ParametersRefused(CampaignError):
    """{platform} with {model} would be refused: {problem}."""


class UnknownWord(CampaignError):
    """{field} is {value}; it has to be {expected}."""
