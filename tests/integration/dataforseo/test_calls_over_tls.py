"""The same promises over TLS, where the socket is wrapped and its handle replaced after connecting."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from promptrelay.dataforseo.client import encode_tasks
from promptrelay.dataforseo.errors import NotSent, OutcomeUnknown, SendRefused
from promptrelay.domain.platform import Platform
from tests.integration.dataforseo.raw_provider import envelope, http

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
BODY = encode_tasks([{"tag": "pr.1"}])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    home = tmp_path_factory.mktemp("tls")
    cert, key = home / "cert.pem", home / "key.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
    names = [
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(cert),
    ]
    subprocess.run([*make.split(), *names], check=True, capture_output=True)
    return cert, key


def over_tls(certificate: tuple[Path, Path], behaviour):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def answer(connection, provider) -> None:
        try:
            behaviour(context.wrap_socket(connection, server_side=True), provider)
        except ssl.SSLError:
            return

    return answer


def at(provider) -> str:
    return provider.url.replace("http:", "https:")


def once(connection, provider) -> None:
    provider.read_request(connection)
    connection.sendall(http(envelope({"status_code": 20100, "cost": 0.0102, "id": "1"})))


def test_paid_and_free_calls_go_through(serve, client_of, certificate) -> None:
    provider = serve(over_tls(certificate, once))
    client = client_of(at(provider), ca_file=str(certificate[0]))
    for _ in range(2):
        reply = client.post_tasks(Platform.CLAUDE, BODY, check=lambda: None)
        assert reply.only.provider_id == "1"
    assert client.get_task(Platform.CLAUDE, "1").code == 20100
    assert provider.connections == 3


def test_a_certificate_of_nobody_we_trust_is_not_sent_to(serve, client_of, certificate) -> None:
    provider = serve(over_tls(certificate, once))
    with pytest.raises(NotSent):
        client_of(at(provider)).post_tasks(Platform.CLAUDE, BODY, check=lambda: None)
    assert not provider.requests


def test_a_refused_check_sends_nothing(serve, client_of, certificate) -> None:
    provider = serve(over_tls(certificate, once))
    client = client_of(at(provider), ca_file=str(certificate[0]))

    def check() -> None:
        raise SendRefused(reason="no")

    with pytest.raises(SendRefused):
        client.post_tasks(Platform.CLAUDE, BODY, check=check)
    provider.stop()
    assert b"".join(provider.requests) == b""


def test_a_reply_that_drips_ends_with_the_deadline(serve, client_of, certificate) -> None:
    def drip(connection, provider) -> None:
        provider.read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not provider.stopping.wait(0.05):
            connection.sendall(b" ")

    provider = serve(over_tls(certificate, drip))
    client = client_of(at(provider), ca_file=str(certificate[0]), live_deadline_s=0.7)
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        client.ask_live(Platform.PERPLEXITY, BODY, check=lambda: None)
    assert time.monotonic() - began < 3
