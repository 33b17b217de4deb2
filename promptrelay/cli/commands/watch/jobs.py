"""jobs: a run's jobs, one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from producers.readable import duration
from promptrelay.books.job_list import JobFilter, job_list
from promptrelay.cli.opened import open_database, the_run
from promptrelay.cli.settings import load_settings
from promptrelay.domain.platform import Platform
from promptrelay.domain.states import JobState, Reason

_JOB_LINE = (
    "{job:32} {row:>8} {platform:10} {method:8} {model:18} {state:9} {reason:9} {status_code:>5}"
    " {tries:>5} {attempts:>4} {age:>12} {net:>11}"
)
_JOB_HEADS = {
    name: name for name in ("job", "row", "platform", "method", "model", "state", "reason", "tries", "age")
} | {"status_code": "code", "attempts": "sent", "net": "net USD"}


@click.command()
@click.argument("run", required=False)
@click.option("--state", type=click.Choice([str(state) for state in JobState]))
@click.option("--reason", type=click.Choice([str(reason) for reason in Reason]), help="Why it failed.")
@click.option("--platform", type=click.Choice([str(platform) for platform in Platform]))
@click.option("--limit", type=click.IntRange(min=1), help="At most so many; else all.")
@click.option("--prompts", is_flag=True, help="Also show the prompts.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def jobs(
    run: str | None,
    *,
    state: str | None,
    reason: str | None,
    platform: str | None,
    limit: int | None,
    prompts: bool,
    as_json: bool,
) -> None:
    """List the jobs of RUN (none: the newest) in input order, with their attempts and what they cost.

    Prompts are left out unless --prompts. The age is that of the last sending, else that of the run. What
    the provider last said of one without an answer stands behind it.

    \b
    Examples:
      promptrelay jobs prompts --state failed
      promptrelay jobs --reason expired --platform claude --limit 20 --json
    """
    wanted = JobFilter(state=state, reason=reason, platform=platform, most=limit or 0, prompts=prompts)
    with open_database(load_settings()) as database:
        run_id = the_run(database, run)["id"]
        found = job_list(database, run_id, wanted)
        for line in _as_json(run_id, found) if as_json else _as_text(found):
            click.echo(line)


def _as_json(run_id: str, found: Iterator[dict[str, Any]]) -> Iterator[str]:
    """One JSON document, a job a line, that is never whole in memory."""
    start = f'{{"run": {json.dumps(run_id)}, "jobs": ['
    for job in found:
        yield start + json.dumps(job)
        start = ","
    yield "]}" if start == "," else f"{start}]}}"


def _as_text(found: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield _JOB_LINE.format(**_JOB_HEADS)
    for job in found:
        shown = {name: "-" if value is None else value for name, value in job.items()}
        line = _JOB_LINE.format(**{**shown, "age": duration(job["age_s"])})
        yield line + _said(job) + (f"  {job['prompt']!r}" if "prompt" in job else "")


def _said(job: dict[str, Any]) -> str:
    """The provider's last word, where that is another than the job's code."""
    if job["provider_code"] is None or job["provider_message"] is None:
        return ""
    return f"  {job['provider_code']} {job['provider_message']}"
