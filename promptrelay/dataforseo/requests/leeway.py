"""What is taken where the provider's pages leave it open."""

from __future__ import annotations

from dataclasses import dataclass

from promptrelay.domain.prompt_rules import MAX_PROMPT_CHARS


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRules:
    """What is taken where the provider's pages contradict each other; every part can be set.

    What is taken there is warned of, so that the server is the judge.
    """

    max_text_chars: int = MAX_PROMPT_CHARS
    """Of prompt, system message and each message; the provider does not say how it counts characters."""
    max_output_tokens: int = 4096
    """Older pages allow 2,048 to models that do not reason."""
    temperature_with_top_p: bool = True
    """ChatGPT's and Claude's pages forbid both in one request, and show examples with both."""
    sampling_when_reasoning: bool = False
    """Pages differ in whether top_p, temperature or both are refused by models that reason."""
    search_in_chat_gpt_tasks: bool = True
    """Older pages of ChatGPT's Standard method list no web_search fields."""
    any_claude_country: bool = False
    """The list of countries for Claude's search is closed, but was published once and may grow."""


DEFAULT = RequestRules()
