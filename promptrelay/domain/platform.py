"""The four assistants and the two ways of asking them."""

from __future__ import annotations

from enum import StrEnum


class Platform(StrEnum):
    """An assistant that the provider can ask, by the provider's own name for it."""

    CHAT_GPT = "chat_gpt"
    CLAUDE = "claude"
    GEMINI = "gemini"
    PERPLEXITY = "perplexity"

    @property
    def has_standard(self) -> bool:
        """Whether tasks can be posted now and collected later; Perplexity answers Live only."""
        return self is not Platform.PERPLEXITY


class Method(StrEnum):
    """How an answer is asked for."""

    STANDARD = "standard"
    """Posted in chunks of up to 100, answered within 72 hours, kept by the provider for 30 days."""
    LIVE = "live"
    """Answered in the same call within 120 seconds, kept by nobody but us."""


STANDARD_PLATFORMS = tuple(platform for platform in Platform if platform.has_standard)
