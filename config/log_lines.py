"""How log lines look: an event's name, then its fields; one place for every process."""

from __future__ import annotations

import logging

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "data", "taskName"}


class EventLines(logging.Formatter):
    """Appends the fields that an event was logged with as `name=value`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """The line with its fields, ids and counts only: no event is given a prompt or an answer."""
        fields = {name: value for name, value in vars(record).items() if name not in _PLAIN}
        return super().formatMessage(record) + "".join(f" {name}={value}" for name, value in fields.items())


class _WithoutTrace(logging.Filter):
    """Leaves out the trace of what is said in a line already, once for each task in flight."""

    def filter(self, record: logging.LogRecord) -> bool:
        if str(record.msg).startswith("Couldn't ack"):
            record.exc_info = None
        return True


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send every event of this process to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(EventLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Two lines a task say nothing that Flower does not show.
    logging.getLogger("celery.worker.strategy").setLevel(logging.WARNING)
    # Two lines with every look at the version of the schema.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # After a loss of Redis, whose leases in SQL decide: the message comes back and finds nothing to do.
    logging.getLogger("celery.worker.request").addFilter(_WithoutTrace())
    logging.getLogger("celery.worker.consumer.consumer").addFilter(_WithoutTrace())
