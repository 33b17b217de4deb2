"""The jobs that a row of input asks for, as they are written to the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from producers.campaign.spec import Target
from promptrelay.domain.ids import digest

Values = dict[str, Any]


def job_rows(
    run_id: str, row: Mapping[str, Any], targets: Sequence[Target], *, repeats: int, keep_duplicates: bool
) -> Iterator[Values]:
    """A job for each repeat and target, without its position."""
    for repeat in range(1, repeats + 1):
        for target in targets:
            key: Values = {
                "run": run_id,
                "platform": target.platform,
                "model": target.model,
                "parameters": dict(target.parameters),
                "prompt": row["prompt"],
                "repeat": repeat,
            }
            yield {
                # Rows that want the same get the same id, so that it is paid for once.
                "id": digest({**key, "row": row["row_no"]} if keep_duplicates else key),
                "run_id": run_id,
                "platform": target.platform.value,
                "method": target.method.value,
                "model": target.model,
                "parameters": dict(target.parameters),
                "row_no": row["row_no"],
                "repeat": repeat,
            }
