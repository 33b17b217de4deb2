"""A real SQLite file, a real store on disk, and a run that was answered by hand."""

from __future__ import annotations

from tests.integration.results.answered_run import (
    bench,
    database,
    prompts,
    run,
    spec,
)

__all__ = ["bench", "database", "prompts", "run", "spec"]
