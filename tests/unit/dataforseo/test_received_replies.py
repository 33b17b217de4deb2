"""A whole reply in hand is not lost to an odd header, and what cannot be read comes with its bytes."""

from __future__ import annotations

import pytest

from promptrelay.dataforseo.errors import OutcomeUnknown
from promptrelay.dataforseo.http_reply import HttpReply
from promptrelay.dataforseo.received import of_paid_call

BODY = b'{"status_code": 20000, "tasks_count": 1, "tasks": [{"id": "x", "status_code": 20000, "cost": 0.03}]}'


@pytest.mark.parametrize(
    "date",
    [
        "Sat, 99999999999999999999 Nov 2026 12:00:00 GMT",
        "Sat, 21 Nov 99999999999999999999 12:00:00 GMT",
        "Sat, 21 Nov 2026 99:00:00 GMT",
        "Sat, 21 Nov 2026 12:00:00 +99999999999999",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Sat, 21 Nov 1026 12:00:00 GMT",
        "21",
        ",",
        "\x00",
    ],
)
def test_an_odd_date_costs_the_clock_and_not_the_reply(date: str) -> None:
    reply = of_paid_call(HttpReply(200, BODY, date=date))
    assert (reply.server_date, reply.code) == (None, 20000)


def test_a_usual_date_is_the_providers_clock() -> None:
    assert (
        of_paid_call(HttpReply(200, BODY, date="Sat, 21 Nov 2026 12:00:00 GMT")).server_date == 1795262400.0
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (502, b"<html>"),
        (200, BODY[:-1]),
        (200, BODY.replace(b'"tasks_count": 1', b'"tasks_count": 2')),
        (200, b'{"status_code": 50000, "tasks_count": 0, "tasks": null}'),
    ],
)
def test_what_cannot_be_read_comes_along_with_its_bytes(status: int, body: bytes) -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        of_paid_call(HttpReply(status, body))
    assert raised.value.body == body
    assert b"html" not in str(raised.value).encode()


@pytest.mark.parametrize("status", [500, 502, 503, 429, 301, 204])
def test_an_envelope_under_another_status_proves_nothing(status: int) -> None:
    """Whatever wrote it need not be the one that took the tasks."""
    with pytest.raises(OutcomeUnknown):
        of_paid_call(HttpReply(status, BODY))
