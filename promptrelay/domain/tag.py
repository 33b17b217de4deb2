"""The mark on everything we send, so that whoever reads it can place it (P6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TAG_CHARACTERS = 255
_SHAPE = re.compile(
    r"pr\.(?P<deployment>[a-z0-9]{1,16})\.(?P<run>[0-9A-Z]{26})\.(?P<job>[0-9a-f]{32})\.(?P<attempt>[0-9A-Z]{26})"
)


@dataclass(frozen=True, slots=True)
class Tag:
    """Names the deployment, run, job and attempt that a provider task belongs to. URL-safe."""

    deployment: str
    run: str
    job: str
    attempt: str

    def __str__(self) -> str:
        return f"pr.{self.deployment}.{self.run}.{self.job}.{self.attempt}"

    @classmethod
    def parse(cls, text: str | None) -> Tag | None:
        """The tag in the text, or None for a tag that is not of our making."""
        match = _SHAPE.fullmatch(text or "")
        return cls(**match.groupdict()) if match else None

    @classmethod
    def of_ours(cls, text: str | None, deployment: str) -> Tag | None:
        """The tag in the text if this deployment wrote it; None for a task of somebody else."""
        tag = cls.parse(text)
        return tag if tag and tag.deployment == deployment else None
