"""Calls the real entry point of the command in this process, with an environment of its own."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from promptrelay.cli.main import main


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


def surroundings(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with only these settings of ours (without PROMPTRELAY_)."""
    around = {name: value for name, value in os.environ.items() if not name.startswith("PROMPTRELAY_")}
    return around | {f"PROMPTRELAY_{name}": value for name, value in settings.items()}


def call(arguments: Sequence[object], *, folder: Path, environment: Mapping[str, str]) -> Said:
    """What `promptrelay ARGUMENTS` says in that folder, with these settings (without PROMPTRELAY_)."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in "oe")
    with (
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(err),
        mock.patch.dict(os.environ, surroundings(environment), clear=True),
        mock.patch.object(sys, "argv", ["promptrelay", *map(str, arguments)]),
    ):
        code = _exit_code()
    return Said(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]


def _exit_code() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    raise AssertionError("the command ended without an exit code")
