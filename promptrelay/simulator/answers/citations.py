"""The sections of a message and the sources they cite, as each platform writes them."""

from __future__ import annotations

import random
import re

from promptrelay.simulator.answers.texts import QUERIES, SOURCES
from promptrelay.simulator.envelope import Json

_REDIRECT = "https://vertexaisearch.cloud.google.com/grounding-api-redirect/"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def cited_sections(rng: random.Random, text: str, *, searched: bool) -> list[Json]:
    """Builds the one section of ChatGPT and Perplexity; sources may repeat, and may be missing."""
    cites: list[Json] = []
    for title, url in rng.choices(SOURCES, k=rng.randint(0, 6)):
        cites.append({"title": title, "url": url} | (_place(rng, text) if rng.random() < 0.5 else {}))
    if cites and rng.random() < 0.3:
        cites.append(dict(cites[-1]))
    return [_section(text, cites if searched else None)]


def gemini_sections(rng: random.Random, text: str, *, searched: bool) -> list[Json]:
    """Builds Gemini's section: every source is a redirect, titled with the domain it leads to."""
    cites: list[Json] = []
    for _, url in rng.choices(SOURCES, k=rng.randint(0, 5)):
        key = "".join(rng.choices(_LETTERS, k=120))
        cites.append({"title": url.split("/")[2], "url": f"{_REDIRECT}{key}=="} | _place(rng, text))
    return [_section(text, cites if searched else None)]


def claude_sections(rng: random.Random, text: str, *, searched: bool) -> list[Json]:
    """Splits one flow of text over many sections, each with its own sources, none, or null."""
    sections = []
    for piece in re.findall(r"[^.。:]*[.。:]?\s*", text):
        if not piece:
            continue
        cites = None
        if searched and rng.random() < 0.4:
            chosen = rng.sample(SOURCES, rng.randint(0, 2))
            cites = [{"title": title, "url": url} for title, url in chosen]
        sections.append(_section(piece, cites))
    return sections


def queries(rng: random.Random, prompt: str) -> list[str]:
    """Names what the assistant searched for."""
    topic = " ".join(prompt.split()[:6])
    return [query.replace("{}", topic) for query in rng.sample(QUERIES, rng.randint(1, 4))]


def _section(text: str, annotations: list[Json] | None) -> Json:
    return {"type": "text", "text": text, "annotations": annotations}


def _place(rng: random.Random, text: str) -> Json:
    start = rng.randrange(max(1, len(text) - 1))
    end = min(len(text), start + rng.randint(10, 120))
    return {"start_index": start, "end_index": end, "text": text[start:end]}
