"""The command `promptrelay`: composes the rooms, and turns what goes wrong into one line and an exit code."""

from __future__ import annotations

import os
import sys

from promptrelay.stack.child import end_with_parent


def main() -> None:
    """Run the command line; the only place where an error becomes an exit code."""
    end_with_parent()
    # Prompts and answers are the user's alone, wherever they are written.
    os.umask(0o077)
    import click  # noqa: PLC0415 - the tie to the parent comes before slow imports

    from promptrelay.cli.checks.import_names import line_about, strangers  # noqa: PLC0415
    from promptrelay.cli.command_group import command_group, usage_line  # noqa: PLC0415

    found = strangers()
    if found and sys.argv[1:2] != ["doctor"]:  # That command says it as one of its lines.
        _say(line_about(found))
        sys.exit(1)

    try:
        sys.exit(command_group().main(prog_name="promptrelay", standalone_mode=False) or 0)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _say(usage_line(error))
        sys.exit(2)
    # The outer edge of the command: known errors become one line, others keep their trace.
    except Exception as error:
        # Knowing every room's errors takes longer to import than most commands take to run.
        from promptrelay.cli.failures import one_line  # noqa: PLC0415

        line = one_line(error)
        if line is None:
            raise
        text, code = line
        _say(text)
        sys.exit(code)


def _say(line: str) -> None:
    print(f"promptrelay: {line}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
