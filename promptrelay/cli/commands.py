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
    return Place(f"promptrelay.cli.{target}", summary)


SECTIONS = {
    "Send": {
        "run": _at("run:run", "Send a file of prompts and wait for the answers."),
        "plan": _at("submitting:plan", "Show what would be sent; sends nothing."),
        "submit": _at("submitting:submit_file", "Submit into a stack that is running elsewhere."),
        "models": _at("models:models", "List the models of each platform."),
        "schedule": _at("scheduling:schedule", "Run a campaign again and again, at its times."),
        "schema": _at("schema:schema", "Print the JSON Schema of campaign files."),
    },
    "Watch": {
        "status": _at("reading:status", "Show how far a run is."),
        "runs": _at("run_listing:runs", "List all runs."),
        "jobs": _at("listing:jobs", "List a run's jobs."),
        "results": _at("results:results", "Write a run's answers."),
    },
    "Money": {
        "receipt": _at("reading:receipt_of", "Show what a run cost, to the last digit."),
        "ledger": _at("reading:ledger", "Show the balance of every ledger account."),
        "reconcile": _at("reconcile:reconcile", "Compare the ledger with the provider's books."),
        "balance": _at("balance:balance", "Show what the provider holds for us, and our limits."),
    },
    "Control": {
        "pause": _at("pausing:pause", "Stop sending; what was sent is still collected."),
        "resume": _at("resuming:resume", "Let a paused or stopped run send again."),
        "cancel": _at("cancelling:cancel", "End a run; what was sent is still collected."),
        "retry": _at("retrying:retry", "Send failed jobs again, and pay again."),
        "recover": _at("recover:recover", "Search for paid calls without a reply, or decide about them."),
        "refetch": _at("refetching:refetch", "Fetch lost answers again: free for 30 days."),
        "purge": _at("purging:purge", "Delete a run's prompts and answers; the money stays accounted for."),
    },
    "Serve": {
        "up": _at("up:up", "Run the whole stack on this machine."),
        "worker": _at("services:worker", "Consume queues."),
        "dispatcher": _at("services:dispatcher", "Run the clock: claim due jobs and publish them."),
        "simulator": _at("services:simulator", "Serve the provider's stand-in."),
    },
    "Care": {
        "doctor": _at("doctor:doctor", "Check everything this depends on, and say what to do."),
        "db": _at("upgrading:db", "Care for the database."),
        "completion": _at("completion:completion", "Let the shell complete commands, options and runs."),
    },
}
COMMANDS = {name: place for section in SECTIONS.values() for name, place in section.items()}
