"""results: a run's answers as lines of a file, or of standard output."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Literal, cast

import click

from producers.platform_names import platforms_of
from promptrelay.answers.reader import AnswerReader
from promptrelay.answers.store import open_store
from promptrelay.cli.opened import not_purged, open_database, the_run
from promptrelay.cli.settings import load_settings
from promptrelay.results.order import Selection
from promptrelay.results.write import STDOUT, Export, ResultOptions, Written
from promptrelay.wiring import results_url

FORMATS = ("jsonl", "csv")
_BY_ENDING = {"": "jsonl", "jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv"}


@click.command()
@click.argument("run", required=False)
@click.option(
    "--format", "kind", metavar="FORMAT", help="jsonl or csv; else what the ending of --out says, else jsonl."
)
@click.option("--out", default=STDOUT, show_default=True, help="A path; - is standard output.")
@click.option("--platform", "platforms", multiple=True, help="Only this platform; may be repeated.")
@click.option(
    "--order",
    type=click.Choice(["input", "settled"]),
    default="input",
    show_default=True,
    help="As the rows came in, or as the answers did.",
)
@click.option("--all", "all_rows", is_flag=True, help="Also rows without an answer, with their reason.")
@click.option("--raw", is_flag=True, help="Add the provider's task object, value for value.")
@click.option("--raw-cells", is_flag=True, help="CSV cells as they are, also those a spreadsheet would run.")
@click.option("--json", "as_json", is_flag=True, help="Say what was written as JSON.")
def results(run: str | None, *, out: str, as_json: bool, **given: Any) -> None:
    """Write the answers of RUN (an id, the start of one, or a campaign's name; none: the newest).

    One line for each row, platform and repeat that has an answer. A file appears whole or not at all; the
    same command after an interruption goes on where it was. Ends with 1 if the store has lost an answer.

    \b
    Examples:
      promptrelay results prompts --out answers.csv
      promptrelay results prompts --all --platform claude --out answers.jsonl
      promptrelay results --raw | head -1
    """
    settings = load_settings()
    options = _options(out, given)
    with open_database(settings) as database:
        run_id = not_purged(the_run(database, run))["id"]
        export = Export(database, AnswerReader(open_store(results_url(settings))), run_id, options)
        try:
            written = export.write(out)
        except BrokenPipeError:
            # Whoever read our lines has had enough; Python would complain once more while it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
    _say(written, run_id, out, as_json=as_json)


def _options(out: str, given: dict[str, Any]) -> ResultOptions:
    selection = Selection(
        order=given["order"],
        platforms=tuple(platforms_of(given["platforms"])),
        all_rows=given["all_rows"],
    )
    kind = _format(given["kind"], out)
    return ResultOptions(format=kind, selection=selection, raw=given["raw"], raw_cells=given["raw_cells"])


def _format(asked: str | None, out: str) -> Literal["jsonl", "csv"]:
    ending = Path(out).suffix.removeprefix(".").lower()
    kind = asked or _BY_ENDING.get(ending, ending)
    if kind in FORMATS:
        return cast("Literal['jsonl', 'csv']", kind)
    if asked:
        raise click.UsageError(f"--format: there is no {asked!r}; there are {' and '.join(FORMATS)}")
    endings = ", ".join(f".{name}" for name in _BY_ENDING if name)
    raise click.UsageError(f"--out: no format ends with .{ending}; use one of {endings}, or name a --format")


def _say(written: Written, run_id: str, out: str, *, as_json: bool) -> None:
    to_stdout = out == STDOUT
    if as_json:
        facts = {"run": run_id, "lines": written.lines, "incomplete": written.incomplete, "out": out}
        click.echo(json.dumps(facts), err=to_stdout)
    elif not to_stdout:
        before = f", {written.resumed_at} of them by a command that was cut off" if written.resumed_at else ""
        click.echo(f"{written.lines} lines written to {out}{before}")
    if written.incomplete:
        click.echo(
            f"promptrelay: the store has lost the answers of {written.incomplete} lines (see `problem`); "
            f"`promptrelay refetch {run_id} --missing` brings back what the provider still has",
            err=True,
        )
        raise click.exceptions.Exit(1)
