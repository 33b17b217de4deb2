"""Settings come from where one thinks, or the line says what to mend, and no secret is in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from config.loading import SettingsUnusable, read_settings
from config.origins import origins, strangers
from config.settings import Settings

Dotenv = Callable[[str | bytes], None]
SECRET = "Geheim-4711"


@pytest.fixture(autouse=True)
def _nothing_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in list(os.environ):
        if name.startswith("PROMPTRELAY_"):
            monkeypatch.delenv(name)


@pytest.fixture
def dotenv(tmp_path: Path) -> Dotenv:
    def write(text: str | bytes) -> None:
        (tmp_path / ".env").write_bytes(text.encode() if isinstance(text, str) else text)

    return write


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def give(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"PROMPTRELAY_{name}", value)

    return give


Given = Callable[..., None]


def refusal() -> str:
    with pytest.raises(SettingsUnusable) as caught:
        read_settings()
    line = str(caught.value)
    assert "\n" not in line
    assert SECRET not in line
    return line


@pytest.mark.parametrize("address", ["http://evil.example", "https://evil.example", "http://127.0.0.1:9"])
def test_the_folders_dotenv_sends_no_credentials_of_ours_anywhere(
    dotenv: Dotenv, given: Given, address: str
) -> None:
    given(API_LOGIN="me", API_PASSWORD=SECRET)
    dotenv(f"PROMPTRELAY_API_URL={address}\n")
    assert "PROMPTRELAY_API_URL" in refusal()


def test_nor_does_it_with_half_of_the_credentials(dotenv: Dotenv, tmp_path: Path, given: Given) -> None:
    (tmp_path / "password").write_text(SECRET)
    given(API_PASSWORD_FILE=str(tmp_path / "password"))
    dotenv("PROMPTRELAY_API_URL=https://evil.example\nPROMPTRELAY_API_LOGIN=me\n")
    assert "comes from .env and the credentials do not" in refusal()


def test_an_address_beside_its_own_credentials_is_used(dotenv: Dotenv, given: Given) -> None:
    lines = ("API_URL=https://relay.example", "API_LOGIN=me", f"API_PASSWORD={SECRET}")
    dotenv("".join(f"PROMPTRELAY_{line}\n" for line in lines))
    assert read_settings().api_url == "https://relay.example"
    given(API_URL="https://other.example")
    assert read_settings().api_url == "https://other.example"


@pytest.mark.parametrize(
    "address", ["http://evil.example", "http://10.0.0.1", "http://localhost.evil.example"]
)
def test_plain_http_leaves_this_machine_with_no_credentials(given: Given, address: str) -> None:
    given(API_LOGIN="me", API_PASSWORD=SECRET, API_URL=address)
    assert "in clear text" in refusal()


@pytest.mark.parametrize(
    ("address", "login"),
    [
        ("http://127.0.0.1:8765", "me"),
        ("http://[::1]:1", "me"),
        ("http://localhost:1", "me"),
        ("http://x:1", "simulator"),
    ],
)
def test_plain_http_is_for_this_machine_and_for_a_stand_in(given: Given, address: str, login: str) -> None:
    given(API_LOGIN=login, API_PASSWORD=SECRET, API_URL=address)
    assert read_settings().api_url == address


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("DAILY_CAP", "DAILY_CAP_USD"),
        ("CALLS_PER_MINUT", "CALLS_PER_MINUTE"),
        ("API_PASSWORT", "API_PASSWORD"),
    ],
)
def test_a_misspelt_name_is_no_setting(dotenv: Dotenv, given: Given, name: str, nearest: str) -> None:
    """A cap of that name would be none."""
    said = f"there is no such setting; did you mean PROMPTRELAY_{nearest}?"
    dotenv(f"PROMPTRELAY_{name}={SECRET}\n")
    assert refusal() == f"PROMPTRELAY_{name} (.env): {said}"
    dotenv("")
    given(**{name: SECRET})
    assert refusal() == f"PROMPTRELAY_{name} (environment): {said}"


def test_what_kubernetes_puts_there_is_none_of_ours(given: Given) -> None:
    given(
        SERVICE_HOST="10.0.0.1",
        SERVICE_PORT="80",
        SERVICE_PORT_HTTP="80",
        PORT="tcp://10.0.0.1:80",
        PORT_80_TCP="tcp://10.0.0.1:80",
        PORT_80_TCP_ADDR="10.0.0.1",
        REDIS_SERVICE_HOST="10.0.0.2",
        REDIS_PORT_6379_TCP_PROTO="tcp",
        FLOWER_PORT="tcp://10.0.0.3:5555",
    )
    assert list(strangers(Settings.model_fields)) == []
    read_settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Ümlaut\nA=1\n".encode("latin1"), ".env, line 1, byte 3: not UTF-8"),
        ("A=1\n# Ümlaut\n".encode("latin1"), ".env, line 2, byte 7: not UTF-8"),
        ("A=1\n".encode("utf-16"), ".env, line 1, byte 1: not UTF-8"),
        (b"A=\0\n", ".env holds a NUL byte"),
    ],
)
def test_a_dotenv_that_cannot_be_read_is_named_with_its_byte(dotenv: Dotenv, text: bytes, said: str) -> None:
    dotenv(text)
    assert refusal().startswith(said)


def test_a_mark_of_byte_order_hides_no_setting(dotenv: Dotenv) -> None:
    dotenv("\ufeffPROMPTRELAY_DAILY_CAP_USD=5\n")
    assert read_settings().daily_cap_usd == "5"


def test_what_is_empty_is_not_set(dotenv: Dotenv, given: Given) -> None:
    dotenv("PROMPTRELAY_DAILY_CAP_USD=\nPROMPTRELAY_LIVE_SLOTS=\nPROMPTRELAY_ACCOUNT=brand\n")
    given(ACCOUNT="")
    settings = read_settings()
    assert (settings.daily_cap_usd, settings.live_slots, settings.account) == (None, 30, "brand")


def test_the_home_directory_is_meant_everywhere(tmp_path: Path, given: Given) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/password").write_text(f"{SECRET}\n")
    given(DATA_DIR="~/data", RESULTS_URL="~/answers", API_PASSWORD_FILE="~/password")
    settings = read_settings()
    assert settings.data_dir == tmp_path / "home/data"
    assert settings.results_url == str(tmp_path / "home/answers")
    assert settings.api_password.get_secret_value() == SECRET


def test_no_value_is_in_what_is_wrong(given: Given, tmp_path: Path) -> None:
    given(API_PASSWORD=SECRET, CALLS_PER_MINUTE=SECRET, REDIS_URL_FILE=str(tmp_path / "none"))
    assert "PROMPTRELAY_REDIS_URL_FILE" in refusal()
    with pytest.raises(ValueError, match="PROMPTRELAY_REDIS_URL_FILE") as caught:
        Settings()
    assert SECRET not in str(caught.value)


def test_where_each_comes_from(dotenv: Dotenv, given: Given) -> None:
    dotenv("PROMPTRELAY_ACCOUNT=a\nPROMPTRELAY_LIVE_SLOTS=3\n")
    given(ACCOUNT="b", API_LOGIN_FILE="/run/secrets/login")
    assert origins(Settings.model_fields) == {
        "account": "environment",
        "api_login": "/run/secrets/login",
        "live_slots": ".env",
    }


def test_a_dotenv_takes_nothing_out_of_the_environment(
    dotenv: Dotenv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a stranger's file could send any secret that is there to its own address, as the login."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    lines = ("API_URL=https://evil.example", "API_LOGIN=${AWS_SECRET_ACCESS_KEY}", "API_PASSWORD=x")
    dotenv("".join(f"PROMPTRELAY_{line}\n" for line in lines))
    assert read_settings().api_login == "${AWS_SECRET_ACCESS_KEY}"


def test_a_line_that_cannot_be_read_is_no_setting(dotenv: Dotenv) -> None:
    """A cap whose quote is never closed would be no cap; what is no setting of ours is not our concern."""
    dotenv("PROMPTRELAY_ACCOUNT=a\nPROMPTRELAY_DAILY_CAP_USD='5\n")
    assert refusal() == ".env, line 2: cannot be read; write NAME=VALUE"
    dotenv("OTHER='5\nPROMPTRELAY_DAILY_CAP_USD='5'\n")
    assert refusal() == ".env, line 1: cannot be read; write NAME=VALUE"
    dotenv("OTHER = (5\n= x\nexport PROMPTRELAY_DAILY_CAP_USD='5' # of the month\n")
    assert read_settings().daily_cap_usd == "5"


def test_a_secrets_file_goes_before_dotenv_and_is_named(dotenv: Dotenv, given: Given, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(SECRET)
    given(API_PASSWORD_FILE=str(tmp_path / "password"))
    dotenv("PROMPTRELAY_API_PASSWORD=other\n")
    assert read_settings().api_password.get_secret_value() == SECRET
    assert origins(["api_password"]) == {"api_password": str(tmp_path / "password")}


def test_dotenv_names_no_secrets_file(dotenv: Dotenv) -> None:
    dotenv("PROMPTRELAY_API_PASSWORD_FILE=/etc/passwd\n")
    assert (
        refusal() == "PROMPTRELAY_API_PASSWORD_FILE (.env): is read from the environment alone; put it there"
    )


def test_a_secret_has_an_end(given: Given) -> None:
    given(API_PASSWORD_FILE="/dev/zero")
    assert refusal() == "PROMPTRELAY_API_PASSWORD_FILE: /dev/zero is too long for a secret"


def test_a_name_with_port_in_it_is_no_service(given: Given) -> None:
    given(REPORT_PORTAL="1")
    assert refusal().startswith("PROMPTRELAY_REPORT_PORTAL (environment): there is no such setting")


@pytest.mark.parametrize(
    "name", ["DATA_DIR", "CALENDAR_FILE", "RESULTS_URL", "PROMPT_FOLDERS", "API_PASSWORD_FILE"]
)
def test_the_home_of_nobody_is_one_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"PROMPTRELAY_{name}", "~nobody-is-called-so/x")
    with pytest.raises(
        SettingsUnusable, match="there is no such home directory; write the whole path"
    ) as said:
        read_settings()
    assert name in str(said.value)
    assert "\n" not in str(said.value)
