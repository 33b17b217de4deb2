"""The command `promptrelay`: composes the rooms, and turns what goes wrong into one line and an exit code."""

from __future__ import annotations

import sys
from importlib import import_module

from promptrelay.cli.child import end_with_parent

COMMANDS = {
    "run": "promptrelay.cli.run:run",
    "plan": "promptrelay.cli.submitting:plan",
    "submit": "promptrelay.cli.submitting:submit_file",
    "status": "promptrelay.cli.reading:status",
    "results": "promptrelay.cli.reading:results",
    "receipt": "promptrelay.cli.reading:receipt_of",
    "ledger": "promptrelay.cli.reading:ledger",
    "reconcile": "promptrelay.cli.reconcile:reconcile",
    "up": "promptrelay.cli.up:up",
    "worker": "promptrelay.cli.services:worker",
    "dispatcher": "promptrelay.cli.services:dispatcher",
    "simulator": "promptrelay.cli.services:simulator",
    "db": "promptrelay.cli.upgrading:db",
}


def main() -> None:
    """Run the command line; the only place where an error becomes an exit code."""
    end_with_parent()
    import click  # noqa: PLC0415 - the tie to the parent comes before slow imports

    from promptrelay.cli.failures import one_line  # noqa: PLC0415

    class Commands(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
            return list(COMMANDS)

        def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
            place = COMMANDS.get(name)
            if place is None:
                return None
            module, _, attribute = place.partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command

    group = Commands(
        name="promptrelay",
        help="Send prompts to ChatGPT, Claude, Gemini and Perplexity, with a receipt for every cent.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    try:
        sys.exit(group.main(prog_name="promptrelay", standalone_mode=False) or 0)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    # The outer edge of the command: known errors become one line, others keep their trace.
    except Exception as error:
        line = one_line(error)
        if line is None:
            raise
        text, code = line
        print(f"promptrelay: {text}", file=sys.stderr)  # noqa: T201
        sys.exit(code)


if __name__ == "__main__":
    main()
