"""Every setting, from `PROMPTRELAY_*`, `.env` or `*_FILE`; rooms get what they need as arguments."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.origins import PREFIX, SECRETS

_SCALED = (
    "poll_first_s",
    "poll_max_s",
    "standard_deadline_s",
    "expiry_grace_s",
    "provider_slack_s",
    "id_list_lag_s",
    "recover_look_every_s",
    "recover_max_s",
    "retry_wait_s",
    "balance_every_s",
    "probe_every_s",
)
_LONGEST_SECRET = 65_536
STAND_IN = "simulator"
"""The login of the provider's stand-in: worth nothing, so that it may go over any network."""

Seconds = Annotated[float, Field(gt=0)]
Dollars = Annotated[str, Field(pattern=r"^-?\d+(\.\d{1,9})?$")]


def _at_home(path: str | Path) -> Path:
    """The path with `~` filled in. Raises ValueError for the home of nobody."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ValueError(f"{path}: there is no such home directory; write the whole path") from None


def _folders(paths: str) -> tuple[Path, ...]:
    return tuple(_at_home(one) for one in paths.split(os.pathsep) if one)


def _secret(name: str, path: str) -> str:
    variable = f"PROMPTRELAY_{name.upper()}_FILE"
    try:
        with _at_home(path).open("rb") as file:
            text = file.read(_LONGEST_SECRET + 1)
        if len(text) > _LONGEST_SECRET:
            raise ValueError(f"{path} is too long for a secret")
        return text.decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        # The text of a file that is no text is left out: it is meant to be secret.
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ValueError(f"{variable}: {path} cannot be read ({why})") from None
    except ValueError as error:
        raise ValueError(f"{variable}: {error}") from None


def _is_here(host: str | None) -> bool:
    """Whether the host is this machine."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


class Settings(BaseSettings):
    """All settings with their defaults; seconds in `_s`, dollars as decimal text in `_usd`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        validate_default=True,
        hide_input_in_errors=True,
    )

    api_url: str = "https://api.dataforseo.com"
    api_login: str = ""
    api_password: SecretStr = SecretStr("")
    account: str = Field("default", pattern=r"^[a-z0-9_-]{1,32}$")
    data_dir: Path = Path(".promptrelay")
    redis_url: str = ""
    """Empty: the embedded stack starts one."""
    database_url: str = ""
    """Empty: SQLite in the data directory."""
    results_url: str = ""
    """Empty: the data directory; `s3://bucket/prefix` otherwise."""

    calls_per_minute: int = Field(2000, gt=0)
    tasks_ready_per_minute: int = Field(20, gt=0)
    id_list_per_minute: int = Field(10, gt=0)
    user_data_per_minute: int = Field(6, gt=0)
    live_slots: int = Field(30, gt=0)
    live_slots_total: int = Field(0, ge=0)
    """The ceiling over all platforms; 0 is none."""
    live_limit_s: Seconds = 120.0
    live_start_window_s: Seconds = 10.0
    call_deadline_s: Seconds = 60.0
    send_window_s: Seconds = 30.0
    claim_lease_s: Seconds = 120.0
    look_lease_s: Seconds = 180.0
    """How long a look that was handed out is waited for before it is handed out again."""

    polling: bool = True
    """Off: only the last look before an attempt expires is taken."""
    poll_first_s: Seconds = 600.0
    poll_max_s: Seconds = 14400.0
    standard_deadline_s: Seconds = 259200.0
    expiry_grace_s: Seconds = 3600.0
    provider_slack_s: Seconds = 60.0
    id_list_lag_s: Seconds = 600.0
    recover_looks: int = Field(3, gt=0)
    recover_look_every_s: Seconds = 60.0
    recover_max_s: Seconds = 86400.0
    buy_witness: bool = True
    """Whether a search that waits for nothing else sends a small task of its own, about $0.0005.

    At most one an account in RECOVER_LOOKS x RECOVER_LOOK_EVERY_S, to the cheapest of the MODEL_* settings.
    """
    retry_wait_s: Seconds = 30.0
    max_attempts: int = Field(2, gt=0)
    balance_every_s: Seconds = 60.0
    probe_every_s: Seconds = 3600.0
    """How soon an account is tried again that the provider locked, or refuses although it has the money."""

    advance_usd: Dollars = "0.01"
    fee_usd: Dollars = "0.0002"
    live_fee_usd: Dollars = "0.0006"
    reserve_usd: Dollars | None = None
    """What a run submitted from now on sets aside for each answer; at least fee and advance.

    None: what nine in ten answers like its own cost so far, or as published.
    """
    fee_back_on_failure: bool = False
    fee_back_at_expiry: bool = False
    daily_cap_usd: Dollars | None = None
    balance_floor_usd: Dollars | None = None
    confirm_above_usd: Dollars = "1"
    """`run` asks before it sends what may cost more than this."""

    model_chat_gpt: str = "gpt-4o-mini"
    model_claude: str = "claude-sonnet-4-0"
    model_gemini: str = "gemini-2.5-flash"
    model_perplexity: str = "sonar"

    max_text_chars: int = Field(500, gt=0)
    """Of a prompt, a system message, a message; lower it for a margin: how the provider counts is unknown."""
    max_output_tokens: int = Field(4096, gt=0)
    """The most that may be asked for; older pages allow 2,048 to models that do not reason."""
    allow_temperature_with_top_p: bool = True
    """ChatGPT and Claude: their pages forbid both together and show examples with both; on: it only warns."""
    allow_sampling_when_reasoning: bool = False
    """On: temperature and top_p only warn on a model that reasons."""
    chat_gpt_task_search: bool = True
    """Off: web search is refused in ChatGPT's Standard tasks, as older pages of the provider have it."""
    allow_any_claude_country: bool = False
    """On: a country outside the published list only warns."""

    prompt_folders: str = ""
    """Folders beyond a campaign's own whose files it may name, with `:` between them."""

    misfire_grace_s: Seconds = 3600.0
    """How much later than its time a schedule still fires as if in time."""

    testing: bool = False
    failpoint: str = ""
    """Where a drill kills, stops or fails a worker; read only with `testing`."""
    time_scale: float = Field(1.0, ge=1)
    """Divides every waiting setting; only with `testing` or a simulated provider."""

    calendar_file: Path | None = None
    """Days of a test: since when, here and there, and how much faster the time of schedules passes."""

    @field_validator("api_url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        if not url.startswith(("https://", "http://")):
            raise ValueError("an address starts with https:// or http://")
        return url.rstrip("/")

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, values: object) -> object:
        if isinstance(values, dict):
            for name in SECRETS:
                path = os.environ.get(f"{PREFIX}{name.upper()}_FILE")
                if path and not values.get(name):
                    values[name] = _secret(name, path)
        return values

    @property
    def folders_of_prompts(self) -> tuple[Path, ...]:
        """The folders beyond a campaign's own."""
        return _folders(self.prompt_folders)

    @field_validator("prompt_folders")
    @classmethod
    def _are_whole_paths(cls, folders: str) -> str:
        for one in _folders(folders):
            if not one.is_absolute():
                raise ValueError(f"{one} is no whole path; begin it with / or ~, and put : between two")
        return folders

    @field_validator("data_dir", "calendar_file", mode="after")
    @classmethod
    def _path_at_home(cls, path: Path | None) -> Path | None:
        return path and _at_home(path)

    @field_validator("results_url")
    @classmethod
    def _folder_at_home(cls, place: str) -> str:
        return str(_at_home(place)) if place.startswith("~") else place

    @model_validator(mode="after")
    def _hides_the_credentials(self) -> Self:
        address = urlsplit(self.api_url)
        is_plain = address.scheme == "http" and not _is_here(address.hostname)
        if is_plain and self.api_login not in ("", STAND_IN):
            raise ValueError(
                "PROMPTRELAY_API_URL: http:// would send login and password in clear text; use https:// (http://"
                f" is for this machine, and for a stand-in with the login {STAND_IN})"
            )
        return self

    def scaled(self, name: str) -> float:
        """A waiting setting in real seconds, divided by the time scale."""
        if name not in _SCALED:
            raise ValueError(f"{name} does not scale")
        return float(getattr(self, name)) / self.time_scale

    @property
    def active_failpoint(self) -> str:
        """The failpoint if this is a test, else none."""
        return self.failpoint if self.testing else ""

    @property
    def live_deadline_s(self) -> float:
        """A Live call's own deadline: past the limit, so that the provider's word on it can arrive."""
        return self.live_limit_s + 20

    @property
    def live_lease_s(self) -> float:
        """A Live slot's lease: start window, the provider's limit and 30 s more (P25)."""
        return self.live_start_window_s + self.live_limit_s + 30

    @property
    def last_word_s(self) -> float:
        """How long after a call may begin the provider lists it at the latest (P13)."""
        deadline_s = max(self.call_deadline_s, self.live_deadline_s)
        return deadline_s + self.scaled("provider_slack_s") + self.scaled("id_list_lag_s")

    @property
    def has_provider(self) -> bool:
        """Whether there are credentials to call the provider with."""
        return bool(self.api_login and self.api_password.get_secret_value())

    def model_for(self, platform: str) -> str:
        """The default model of a platform."""
        return str(getattr(self, f"model_{platform}"))
