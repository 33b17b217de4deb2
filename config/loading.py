"""The settings as every process reads them, or one line that says what to mend."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.origins import FROM_DOTENV, DotenvUnreadable, from_dotenv, origins, strangers
from config.settings import Settings

_NAME_RULE = "has to be 1 to 32 small letters, digits, _ or -"


class SettingsUnusable(ValueError):
    """What is wrong with the settings, on one line and without the value of any."""


def read_settings() -> Settings:
    """The settings of the environment, of secrets' files and of `.env`. Raises SettingsUnusable."""
    try:
        wrong = list(strangers(Settings.model_fields))
        settings = Settings(**from_dotenv(Settings.model_fields))  # type: ignore[arg-type]
    except DotenvUnreadable as error:
        raise SettingsUnusable(str(error)) from None
    except ValidationError as error:
        raise SettingsUnusable("; ".join(map(_problem, error.errors()))) from None
    if wrong:
        raise SettingsUnusable("; ".join(wrong))
    _check_address(settings)
    return settings


def _check_address(settings: Settings) -> None:
    """A file that lies in the folder one works in must not send the credentials anywhere."""
    found = origins(("api_url", "api_login", "api_password"))
    of_credentials = {found.get("api_login"), found.get("api_password")}
    if found.get("api_url") == FROM_DOTENV and settings.has_provider and of_credentials != {FROM_DOTENV}:
        raise SettingsUnusable(
            "PROMPTRELAY_API_URL comes from .env and the credentials do not: they would be sent to an address"
            " that this folder names; put the address where the credentials are, or delete it from .env"
        )


def _problem(error: ErrorDetails) -> str:
    """What is wrong with a setting, without its value: it may be a secret."""
    text = str(error.get("ctx", {}).get("error") or error["msg"])
    if not error["loc"]:
        return text
    name = str(error["loc"][0])
    if error["type"] == "string_pattern_mismatch":
        text = "has to be an amount in USD, such as 12.50" if name.endswith("_usd") else _NAME_RULE
    said = text.partition(", unable")[0].replace("Input should be", "has to be", 1)
    return f"PROMPTRELAY_{name.upper()}: {said}"
