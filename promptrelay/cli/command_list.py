"""Every command: where it is, what it is for, and under which heading the help shows it.

The words stand here and not with the command, so that showing them imports none of the commands.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A command as module:attribute, and what it is for in one line."""

    target: str
    summary: str


def _at(target: str, summary: str) -> Place:
    return Place(f"promptrelay.cli.commands.{target}", summary)


SECTIONS = {
    "Send": {
        "run": _at("send.run:run", "Send a file of prompts and wait for the answers."),
        "plan": _at("send.plan:plan", "Show what would be sent; sends nothing."),
        "submit": _at("send.submit:submit_file", "Submit into a stack that is running elsewhere."),
        "models": _at("send.models:models", "List the models of each platform."),
        "schedule": _at("send.schedule:schedule", "Run a campaign again and again, at its times."),
        "schema": _at("send.schema:schema", "Print the JSON Schema of campaign files."),
    },
    "Watch": {
        "status": _at("watch.status:status", "Show how far a run is."),
        "runs": _at("watch.runs:runs", "List all runs."),
        "jobs": _at("watch.jobs:jobs", "List a run's jobs."),
        "results": _at("watch.results:results", "Write a run's answers."),
    },
    "Money": {
        "receipt": _at("money.receipt:receipt_of", "Show what a run cost, to the last digit."),
        "ledger": _at("money.ledger:ledger", "Show the balance of every ledger account."),
        "reconcile": _at("money.reconcile:reconcile", "Compare the ledger with the provider's books."),
        "balance": _at("money.balance:balance", "Show what the provider holds for us, and our limits."),
    },
    "Control": {
        "pause": _at("control.pause:pause", "Stop sending; what was sent is still collected."),
        "resume": _at("control.resume:resume", "Let a paused or stopped run send again."),
        "cancel": _at("control.cancel:cancel", "End a run; what was sent is still collected."),
        "retry": _at("control.retry:retry", "Send failed jobs again, and pay again."),
        "recover": _at(
            "control.recover:recover", "Search for paid calls without a reply, or decide about them."
        ),
        "refetch": _at("control.refetch:refetch", "Fetch lost answers again: free for 30 days."),
        "purge": _at(
            "control.purge:purge", "Delete a run's prompts and answers; the money stays accounted for."
        ),
    },
    "Serve": {
        "up": _at("serve.up:up", "Run the whole stack on this machine."),
        "worker": _at("serve.worker:worker", "Consume queues."),
        "dispatcher": _at("serve.dispatcher:dispatcher", "Run the clock: claim due jobs and publish them."),
        "simulator": _at("serve.simulator:simulator", "Serve the provider's stand-in."),
    },
    "Care": {
        "doctor": _at("care.doctor:doctor", "Check everything this depends on, and say what to do."),
        "settings": _at("care.settings:show_settings", "Show every setting, and where it comes from."),
        "migrate": _at("care.migrate:migrate", "Wait for the database and make its tables."),
        "db": _at("care.db:db", "Care for the database."),
        "completion": _at("care.completion:completion", "Let the shell complete commands, options and runs."),
    },
}
COMMANDS = {name: place for section in SECTIONS.values() for name, place in section.items()}
