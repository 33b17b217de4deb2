"""pause: stop new sending within two seconds."""

from __future__ import annotations

import click

from promptrelay.cli.errors import UsageWrong
from promptrelay.cli.opened import open_database, the_one_run
from promptrelay.cli.settings import load_settings
from promptrelay.cli.shown.pauses import one_of, say, say_all
from promptrelay.database.deployment import add_account
from promptrelay.database.runs import pausing
from promptrelay.domain.states import RunState

_NOT_PAUSABLE = {
    RunState.LOADING: "is still being loaded and sends nothing yet; pause it once it runs, or cancel it",
    RunState.STOPPED_BUDGET: "is stopped at its cap and sends nothing",
}


@click.command()
@click.argument("run", required=False)
@click.option("--all", "everything", is_flag=True, help="Every run, and those submitted from now on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pause(run: str | None, *, everything: bool, as_json: bool) -> None:
    """Stop new sending of RUN (an id, the start of one, or a campaign's name) within 2 seconds.

    What was sent is paid for, so its answers are still collected. A `run` command that waits goes on waiting.
    With --all the provider account is paused too, so that runs submitted later send nothing either.

    \b
    Examples:
      promptrelay pause prompts
      promptrelay pause --all
    """
    settings = load_settings()
    one_of(run, everything=everything)
    with open_database(settings) as database:
        if everything:
            with database.write() as connection:
                add_account(connection, settings.account)
                paused, names = pausing.pause_all(connection)
            say_all("paused", paused, names, as_json=as_json)
            return
        row = the_one_run(database, run)
        with database.write() as connection:
            done = pausing.pause_run(connection, row["id"])
        now = the_one_run(database, row["id"])
        if not done:
            why = _NOT_PAUSABLE.get(now["state"], f"is {now['state']}: nothing of it will be sent any more")
            raise UsageWrong(f"run {now['id']} {why}")
    next_step = f"nothing new is sent. Let it go on: promptrelay resume {now['id']}"
    say(now, changed=row["state"] != RunState.PAUSED, note=next_step, as_json=as_json)
