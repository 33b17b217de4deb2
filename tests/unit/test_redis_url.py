"""One configured address serves redis-py and kombu, whichever of the two spellings it has."""

from __future__ import annotations

import pytest
from kombu import Connection
from redis.connection import parse_url

from promptrelay.redis_url import InvalidRedisUrl, broker_url, client_url


@pytest.mark.parametrize(
    ("given", "client", "broker"),
    [
        ("redis://h", "redis://h/0", "redis://h/0"),
        ("redis://h:6380/3", "redis://h:6380/3", "redis://h:6380/3"),
        ("redis://h/?db=4", "redis://h/4", "redis://h/4"),
        ("redis://u:p%40w@h/1", "redis://u:p%40w@h/1", "redis://u:p%40w@h/1"),
        ("redis://[::1]:6379/0", "redis://[::1]:6379/0", "redis://[::1]:6379/0"),
        ("unix:///run/r.sock", "unix:///run/r.sock", "redis+socket:///run/r.sock"),
        ("unix:///r.sock?db=2", "unix:///r.sock?db=2", "redis+socket:///r.sock?virtual_host=2"),
        ("redis+socket:///r.sock", "unix:///r.sock", "redis+socket:///r.sock"),
        (
            "redis+socket:///r.sock?virtual_host=2",
            "unix:///r.sock?db=2",
            "redis+socket:///r.sock?virtual_host=2",
        ),
        ("unix://:pw@/r.sock", "unix://:pw@/r.sock", "redis+socket://:pw@/r.sock"),
        ("unix:///a b;c/r.sock", "unix:///a%20b%3Bc/r.sock", "redis+socket:///a%20b%3Bc/r.sock"),
    ],
)
def test_each_spelling_becomes_both(given: str, client: str, broker: str) -> None:
    assert (client_url(given), broker_url(given)) == (client, broker)


@pytest.mark.parametrize("url", ["redis://u:p%40w@h:6380/3", "unix:///a%20b/r.sock?db=2", "rediss://h"])
def test_both_spellings_are_stable(url: str) -> None:
    assert client_url(broker_url(url)) == client_url(client_url(url)) == client_url(url)
    assert broker_url(client_url(url)) == broker_url(broker_url(url)) == broker_url(url)


@pytest.mark.parametrize(
    ("given", "spelt"),
    [
        ("rediss://h:6379/0", "required"),
        ("rediss://h:6379/0?ssl_cert_reqs=CERT_NONE", "none"),
        ("rediss://h:6379/0?ssl_cert_reqs=optional", "optional"),
    ],
)
def test_certificates_are_checked_unless_the_url_says_otherwise(given: str, spelt: str) -> None:
    expected = f"rediss://h:6379/0?ssl_cert_reqs={spelt}"
    assert client_url(given) == broker_url(given) == expected
    assert parse_url(expected)["ssl_cert_reqs"] == spelt


def test_kombu_would_not_check_certificates_by_itself() -> None:
    # The reason for spelling it out; if kombu changes, this may go.
    assert Connection("rediss://h").ssl == {"ssl_cert_reqs": 0}
    assert Connection(broker_url("rediss://h")).ssl["ssl_cert_reqs"] == 2


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h:6379",
        "http://h",
        "amqp://u:hush@h",
        "redis://",
        "unix://r.sock",
        "unix:///",
        "redis://:hush@h/nine",
    ],
)
def test_other_addresses_are_refused_without_repeating_them(url: str) -> None:
    for spell in (client_url, broker_url):
        with pytest.raises(InvalidRedisUrl) as refused:
            spell(url)
        assert "hush" not in str(refused.value)
