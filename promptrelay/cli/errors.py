"""What ends a command, each with its exit code: 1 failed, 2 usage or refused input."""

from __future__ import annotations


class CommandFailed(Exception):
    """The command cannot go on; its one line says why and what to do."""

    exit_code = 1


class StoppedAtLimit(CommandFailed):
    """Nothing more may be spent under a cap of the run or a limit of the account."""

    exit_code = 3


class UsageWrong(CommandFailed):
    """The command was asked for something it cannot do as asked."""

    exit_code = 2


class SettingsWrong(UsageWrong):
    """A setting has a value that cannot be used."""


class RunNotFound(UsageWrong):
    """There is no such run."""
