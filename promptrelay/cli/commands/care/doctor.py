"""doctor: looks at everything a run needs, changes nothing of it, and says what to do."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from promptrelay.cli.checks.finding import Finding, Level, fail
from promptrelay.cli.checks.import_names import check_import_names
from promptrelay.cli.checks.running import Check, run_checks
from promptrelay.visible import visible

_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Every finding as JSON.")
def doctor(*, as_json: bool) -> None:
    """Check credentials, balance, clock, Redis, database, answer store, disk, settings and processes.

    Each line is ok, warn or fail, with what to do about it. Nothing needs to run unless work waits; nothing
    is sent that costs money. Ends with 0 when nothing failed, else with 1.

    \b
    Examples:
      promptrelay doctor
      promptrelay doctor --json
    """
    found = check_import_names(Path.cwd())
    # With another's modules under our names nothing else can be looked at.
    if found[0].level is not Level.FAIL:
        found += _everything()
    _show(found, as_json=as_json)
    raise click.exceptions.Exit(int(any(item.level is Level.FAIL for item in found)))


def _everything() -> list[Finding]:
    """Every check; nearly all of them need the settings and a place for the data."""
    from promptrelay.cli.checks import machine  # noqa: PLC0415 - only after the import names are known ours
    from promptrelay.cli.checks.answer_store import check_store  # noqa: PLC0415
    from promptrelay.cli.checks.database_server import check_database  # noqa: PLC0415
    from promptrelay.cli.checks.life import check_life  # noqa: PLC0415
    from promptrelay.cli.checks.provider import check_provider  # noqa: PLC0415
    from promptrelay.cli.checks.redis_server import check_redis  # noqa: PLC0415
    from promptrelay.cli.checks.work import check_work  # noqa: PLC0415
    from promptrelay.cli.errors import SettingsWrong  # noqa: PLC0415
    from promptrelay.cli.settings import load_settings  # noqa: PLC0415
    from promptrelay.data_dir import DataDir  # noqa: PLC0415
    from promptrelay.domain.clock import SystemClock  # noqa: PLC0415

    try:
        settings = load_settings()
    except SettingsWrong as error:
        return [fail("settings", str(error), "correct it in the environment or in .env")]
    data = DataDir(settings.data_dir)
    checks: list[tuple[str, Check]] = [
        ("python", machine.check_python),
        ("disk", lambda: machine.check_disk(data)),
        ("testing", lambda: machine.check_testing(settings)),
        ("credentials", lambda: check_provider(settings, data, SystemClock())),
        ("redis", lambda: check_redis(settings, data)),
        ("database", lambda: check_database(settings)),
        ("answers", lambda: check_store(settings)),
        ("spool", lambda: machine.check_spool(data)),
        ("work", lambda: check_work(settings)),
        ("processes", lambda: check_life(settings)),
    ]
    return machine.check_data_dir(data) + run_checks(checks)


def _show(found: Sequence[Finding], *, as_json: bool) -> None:
    counts = {level: sum(item.level is level for item in found) for level in Level}
    if as_json:
        lines = [item.as_json() for item in found]
        click.echo(json.dumps({"checks": lines, "failed": counts[Level.FAIL], "warned": counts[Level.WARN]}))
        return
    for item in found:
        click.echo(
            f"{click.style(f'{item.level:4}', fg=_STYLES[item.level])}  {item.name:20} {visible(item.what)}"
        )
        if item.cure:
            click.echo(f"{'':27}{item.cure}")
    click.echo(f"{counts[Level.FAIL]} failed, {counts[Level.WARN]} to look at", file=sys.stderr)
