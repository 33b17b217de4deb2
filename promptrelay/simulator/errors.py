"""What the stand-in refuses."""

from __future__ import annotations


class SimulatorError(Exception):
    """The call cannot be served."""


class Refused(SimulatorError):
    """The call is refused as a whole with a status code, and nothing is charged."""

    def __init__(self, code: int, http_status: int = 200) -> None:
        super().__init__(code)
        self.code = code
        self.http_status = http_status


class Invalid(SimulatorError):
    """One entry is refused with a status code, and nothing is charged for it."""

    def __init__(self, code: int, field: str) -> None:
        super().__init__(f"{code} {field}")
        self.code = code
        self.field = field
