"""Every command says what it does, with examples that its own parser takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.metadata import version

import click
import pytest
from click.testing import CliRunner

from promptrelay.cli.command_group import command_group, usage_line
from promptrelay.cli.command_list import COMMANDS

# They run until they are ended and print events, or only group others.
SERVES = {"up", "worker", "dispatcher", "simulator", "db"}


def command_of(name: str) -> click.Command:
    found = command_group().get_command(click.Context(click.Command("promptrelay")), name)
    assert found is not None
    return found


def leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """The command, or those below it."""
    if isinstance(command, click.Group):
        for below, inner in command.commands.items():
            yield from leaves(f"{name} {below}", inner)
    else:
        yield name, command


LEAVES = [leaf for name in COMMANDS for leaf in leaves(name, command_of(name))]


def examples(command: click.Command) -> list[list[str]]:
    """The words of each example, without what the shell makes of its output."""
    text = (command.help or "").replace("\\\n", " ")
    lines = re.findall(r"^\s+promptrelay (.*)$", text, re.MULTILINE)
    return [shlex.split(re.split(r"\s[|>#]\s", f" {line} ")[0]) for line in lines]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_a_command_is_for_on_one_line(name: str) -> None:
    summary = COMMANDS[name].summary
    assert summary.endswith(".")
    assert summary[0].isupper()
    assert len(summary) <= 70
    assert command_of(name).short_help is None, "the words for the list stand in one place"


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_every_command_has_examples_that_its_parser_takes(name: str, command: click.Command) -> None:
    found = examples(command)
    assert found, f"`promptrelay {name} --help` shows no example"
    words = name.split()
    for example in found:
        assert example[: len(words)] == words
        command.make_context(name, example[len(words) :])


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_every_option_says_what_it_does(name: str, command: click.Command) -> None:
    options = [param for param in command.params if isinstance(param, click.Option)]
    # A choice speaks for itself: its words are shown.
    silent = [
        option.name
        for option in options
        if not option.help and not option.hidden and not isinstance(option.type, click.Choice)
    ]
    assert silent == []
    flags = {flag for option in options for flag in option.opts}
    assert "--json" in flags or name.split(maxsplit=1)[0] in SERVES


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_shown_and_fits_the_screen(name: str) -> None:
    shown = CliRunner().invoke(command_group(), [name, "--help"], prog_name="promptrelay", color=False)
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: promptrelay {name} ")
    assert max(map(len, shown.output.splitlines())) <= 100


def test_the_list_shows_every_command_once_under_its_heading() -> None:
    shown = CliRunner().invoke(command_group(), ["-h"], prog_name="promptrelay")
    listed = re.findall(r"^  ([a-z]+) {2,}[A-Z]", shown.output, re.MULTILINE)
    assert listed == list(COMMANDS)
    assert re.findall(r"^([A-Z]\w+):$", shown.output, re.MULTILINE)[1:] == [
        "Send",
        "Watch",
        "Money",
        "Control",
        "Serve",
        "Care",
    ]


def test_the_version_is_the_installed_one() -> None:
    shown = CliRunner().invoke(command_group(), ["--version"])
    assert shown.output == f"promptrelay {version('promptrelay')}\n"


@pytest.mark.parametrize(
    ("typed", "meant"), [("reslts", "results"), ("RECEIPT", "receipt"), ("comletion", "completion")]
)
def test_a_mistyped_command_is_answered_with_the_nearest(typed: str, meant: str) -> None:
    with pytest.raises(click.UsageError, match=f"there is no command '{typed}'; did you mean {meant}?"):
        command_group().main([typed], prog_name="promptrelay", standalone_mode=False)


def test_a_mistyped_option_is_answered_with_the_nearest() -> None:
    with pytest.raises(click.NoSuchOption) as refused:
        command_group().main(["results", "--formt", "csv"], prog_name="promptrelay", standalone_mode=False)
    line = usage_line(refused.value)
    assert line.startswith("No such option '--formt'. (Did you mean ")
    assert "'--format'" in line
    assert line.endswith("(see `promptrelay results --help`)")
