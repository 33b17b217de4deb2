"""The built wheel in an environment of its own, far from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
_OURS = ("PROMPTRELAY_", "FLOWER_", "PYTHON")


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel and its runtime dependencies, and a folder to work in."""

    bin: Path
    cwd: Path

    @property
    def environment(self) -> dict[str, str]:
        """The test's own, without a way back into the checkout."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        kept.pop("VIRTUAL_ENV", None)
        return {**kept, "PATH": f"{self.bin}:/usr/bin:/bin", "PROMPTRELAY_DATA_DIR": str(self.cwd / "data")}

    def python(self, code: str) -> str:
        """What this program prints there."""
        return run([str(self.bin / "python"), "-P", "-c", code], cwd=self.cwd, env=self.environment)


def run(command: list[str], *, cwd: Path, env: dict[str, str] | None = None, within_s: float = 240) -> str:
    """Runs a command that must succeed; gives its standard output."""
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=within_s, check=False
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def environment_bin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands of the installed wheel lie."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    run([*build, str(CHECKOUT)], cwd=folder)
    (wheel,) = folder.glob("*.whl")
    run([sys.executable, "-m", "venv", str(folder / "venv")], cwd=folder)
    pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    run([*pip, "-c", str(CHECKOUT / "constraints.txt"), str(wheel)], cwd=folder, within_s=480)
    return folder / "venv" / "bin"


@pytest.fixture
def installed(environment_bin: Path, tmp_path: Path) -> Installed:
    """The installed wheel, called from a folder whose `config.py` is somebody else's."""
    (tmp_path / "config.py").write_text("raise SystemExit('a stray config.py was imported')\n")
    (tmp_path / "prompts.csv").write_text(
        "prompt,topic\n"
        '"Which running shoes last longest, and why?",shoes\n'
        "Where do people buy tea in winter?,tea\n"
        "Name three quiet cities by the sea.,travel\n"
    )
    return Installed(environment_bin, tmp_path)
