"""What a stack with the provider's stand-in says instead of the provider's address and credentials."""

from __future__ import annotations

from pydantic import SecretStr

from config.settings import Settings
from promptrelay.data_dir import DataDir

_SIMULATED = {
    "API_LOGIN": "simulator",
    "API_PASSWORD": "simulator",
    "LIVE_START_WINDOW_S": "2",
}


def simulated_environment(settings: Settings, api_url: str) -> dict[str, str]:
    """What the children of a simulated stack get instead of the provider's address and credentials."""
    shared = {f"PROMPTRELAY_{name}": value for name, value in _SIMULATED.items()}
    return {
        **shared,
        "PROMPTRELAY_API_URL": api_url,
        "PROMPTRELAY_TIME_SCALE": str(settings.time_scale),
        "PROMPTRELAY_TESTING": "1",
        "PROMPTRELAY_ACCOUNT": settings.account,
    }


def running_simulator(settings: Settings) -> Settings:
    """The settings, aimed at the stand-in of the stack that runs on the data directory if there is one."""
    address = DataDir(settings.data_dir).simulator
    if settings.has_provider or not address.exists():
        return settings
    return settings.model_copy(
        update={
            "api_url": address.read_text("utf-8").strip(),
            "api_login": _SIMULATED["API_LOGIN"],
            "api_password": SecretStr(_SIMULATED["API_PASSWORD"]),
        }
    )
