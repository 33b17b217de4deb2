"""The options of `schedule add`: when, how often, and what to do when that does not work out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from config.settings import Settings
from producers.campaign.reading import is_campaign_file, read_campaign
from producers.campaign.schedule_section import ScheduleFile
from producers.campaign.spec import CampaignSpec
from producers.schedules.errors import TimingUnclear
from producers.schedules.schedules import Wanted
from producers.schedules.times import Timing
from producers.written_times import moment_of, seconds_of, zone_of
from promptrelay.cli.options.campaign import options_said
from promptrelay.cli.options.grouped_help import GroupedOption
from promptrelay.cli.options.money import usd
from promptrelay.domain.money import Usd
from promptrelay.domain.schedule import Misfire, Overlap

_WHEN = "When"
_TROUBLE = "What to do when"
_CHOICES = {"misfire": [str(word) for word in Misfire], "overlap": [str(word) for word in Overlap]}


def _option(group: str, *declarations: str, **attributes: Any) -> Callable[..., Any]:
    return click.option(*declarations, cls=GroupedOption, group=group, **attributes)


_OPTIONS = [
    _option(_WHEN, "--cron", metavar="FIELDS", help="minute hour day month weekday: '0 7 * * 1-5'."),
    _option(_WHEN, "--every", metavar="TIME", help="Every so often from the start: 6h, 30m, 2d."),
    _option(_WHEN, "--zone", metavar="NAME", help="The time zone, as Europe/Berlin; default UTC."),
    _option(_WHEN, "--start", metavar="DATE", help="Not before: 2026-12-01, or '2026-12-01 07:30'."),
    _option(_WHEN, "--end", metavar="DATE", help="Not after."),
    _option(_WHEN, "--jitter", metavar="TIME", help="Up to so much later, each time otherwise: 10m."),
    _option(
        _TROUBLE,
        "--misfire",
        type=click.Choice(_CHOICES["misfire"]),
        help="Times were missed: make up for none, the newest (the default), or all.",
    ),
    _option(
        _TROUBLE, "--misfire-max", type=click.IntRange(1, 100), help="With all: at most so many; default 10."
    ),
    _option(
        _TROUBLE,
        "--overlap",
        type=click.Choice(_CHOICES["overlap"]),
        help="The run before is unfinished: skip (the default), queue behind it, or allow both.",
    ),
    _option(
        _TROUBLE, "--monthly-cap", metavar="USD", help="The most that the runs of a month may cost together."
    ),
]


def schedule_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wanted_schedule(
    settings: Settings, spec: CampaignSpec, file: Path, given: Mapping[str, Any], now: float
) -> Wanted:
    """The schedule as the file and the command line ask for it; the command line goes first.

    Raises ScheduleError, CampaignError, UsageWrong.
    """
    described = None
    if is_campaign_file(file):
        described = read_campaign(file, settings.folders_of_prompts)[0].schedule
    described = described or ScheduleFile()

    def first(name: str) -> Any:
        return getattr(described, name) if given[name] is None else given[name]

    jitter = first("jitter")
    cap = usd("--monthly-cap", given["monthly_cap"])
    if cap is None and described.monthly_cap is not None:
        cap = Usd.of(described.monthly_cap)
    return Wanted(
        name=given["schedule_name"] or spec.name,
        account=settings.account,
        campaign=spec.name,
        file=file.resolve(),
        given=options_said(given),
        timing=_timing(described, given, first, now),
        jitter_s=0 if jitter is None else seconds_of(jitter, field="jitter"),
        misfire=Misfire(first("misfire") or Misfire.ONCE),
        misfire_max=first("misfire_max") or 10,
        overlap=Overlap(first("overlap") or Overlap.SKIP),
        monthly_cap=cap,
    )


def _timing(
    described: ScheduleFile, given: Mapping[str, Any], first: Callable[[str], Any], now: float
) -> Timing:
    said = given["cron"] is not None or given["every"] is not None
    cron = given["cron"] if said else described.cron
    every = given["every"] if said else described.every
    if (cron is None) == (every is None):
        raise TimingUnclear(what="Nothing says when" if cron is None else "Both cron and every are given")
    zone = zone_of(first("zone") or "UTC")
    start, end = first("start"), first("end")
    start_at = None if start is None else moment_of(start, zone, field="start")
    return Timing(
        zone=zone,
        cron=cron,
        every_s=None if every is None else seconds_of(every, field="every"),
        # Without a start the first time is one interval from now.
        anchor_at=math.floor(now) if start_at is None else start_at,
        start_at=start_at,
        end_at=None if end is None else moment_of(end, zone, field="end", ends=True),
    )
