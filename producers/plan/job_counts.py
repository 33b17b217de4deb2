"""Counts the jobs of a campaign by what makes two of them the same."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from producers.campaign.spec import CampaignSpec, Target
from producers.campaign.wanted_rows import WantedRow
from producers.plan.key_set import KeySet
from promptrelay.domain.platform import Method, Platform

_MAX_KEPT_MARKS = 1_000


class JobCounts:
    """Grows with every row; memory grows by less than 50 bytes a job that differs."""

    def __init__(self, spec: CampaignSpec) -> None:
        self._repeats = spec.repeats
        self._keep_duplicates = spec.keep_duplicates
        self._seen = KeySet()
        self._marks: dict[int, tuple[Target, bytes]] = {}
        self.jobs: Counter[tuple[Platform, Method, str]] = Counter()
        """Jobs to be sent, by target."""
        self.searching: Counter[tuple[Platform, Method, str]] = Counter()
        """Those of them that ask for web search."""
        self.answers: Counter[Platform] = Counter()
        """Answers to be given back: duplicates count, though they are paid for once."""
        self.unique = 0
        """Rows that want something that no row before them wanted."""

    def add(self, wanted: WantedRow) -> None:
        """Take in what a row wants."""
        prompt = wanted.row.prompt.encode()
        any_new = False
        for target in wanted.targets:
            # 64 bits are enough to count: the keys of jobs are longer.
            key = hashlib.blake2b(prompt, digest_size=8, key=self._mark(target)).digest()
            new = self._seen.add(int.from_bytes(key))
            any_new = any_new or new
            self.answers[target.platform] += self._repeats
            if new or self._keep_duplicates:
                self.jobs[target.platform, target.method, target.model] += self._repeats
                if target.parameters.get("web_search") is True:
                    self.searching[target.platform, target.method, target.model] += self._repeats
        self.unique += any_new

    def _mark(self, target: Target) -> bytes:
        """What stands for platform, model and parameters."""
        kept = self._marks.get(id(target))
        if kept is not None:
            return kept[1]
        parts = [target.platform, target.model, target.parameters]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
        mark = hashlib.blake2b(text.encode(), digest_size=16).digest()
        if len(self._marks) < _MAX_KEPT_MARKS:
            # The target is kept too, so that no other can come by its id.
            self._marks[id(target)] = (target, mark)
        return mark
