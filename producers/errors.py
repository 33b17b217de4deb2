"""What can be wrong with what people hand in: nothing was sent, nothing was paid, the cure is theirs."""

from __future__ import annotations


class ProducerError(Exception):
    """The input cannot be used as it is; nothing was sent."""

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        template = " ".join((type(self).__doc__ or type(self).__name__).split())
        super().__init__(template.format(**facts))


class CampaignError(ProducerError):
    """The campaign cannot be sent as it is described."""


class UnknownPlatform(CampaignError):
    """There is no platform called {name}{nearest}; there are chat_gpt, claude, gemini and perplexity."""


class ModelNameInvalid(CampaignError):
    """{name} is no model name: write up to 128 letters, digits and . _ : / - signs."""


class ModelChoiceUnclear(CampaignError):
    """{text} names no platform's model: write PLATFORM=NAME, as in chat_gpt=gpt-4.1-mini."""


class ScheduleError(ProducerError):
    """The schedule cannot be kept as it is described."""


class ZoneUnknown(ScheduleError):
    """There is no time zone called {name}{nearest}; names are those of the tz database, as in
    Europe/Berlin."""


class IntervalWrong(ScheduleError):
    """{field}: {text} is no length of time; write a number and s, m, h, d or w, as in 6h."""


class MomentWrong(ScheduleError):
    """{field}: {text} is no date or time; write 2026-12-01 or 2026-12-01 07:30."""
