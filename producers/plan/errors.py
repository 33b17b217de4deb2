"""Why a campaign whose rows were read is not sent as it is."""

from __future__ import annotations

from producers.errors import CampaignError, ProducerError


class ModelsDoubtful(CampaignError):
    """{doubt}; nothing was sent. Choose another (promptrelay models lists them), or leave out
    --strict-models."""


class RefusedInput(ProducerError):
    """{path}: {count} of {total} rows cannot be sent; nothing was sent. Correct them, or leave them out with
    --skip-invalid. {lines}"""


class NothingToSend(ProducerError):
    """{path}: every row of the file is refused; nothing was sent. {lines}"""


class NoRoomToKeepRows(ProducerError):
    """{folder}: the rows that were read cannot be kept there ({reason}); nothing was sent. Make room, or set
    TMPDIR to a folder that has it."""
