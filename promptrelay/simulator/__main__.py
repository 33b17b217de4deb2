"""`python -m promptrelay.simulator`: the stand-in without the rest of the program."""

from __future__ import annotations

import argparse
from pathlib import Path

from promptrelay.simulator.http.serve import serve
from promptrelay.simulator.options import SimulatorOptions


def main(arguments: list[str] | None = None) -> None:
    """Reads the command line and serves; a wrong setting ends with status 2 and one line."""
    parser = argparse.ArgumentParser(
        prog="python -m promptrelay.simulator",
        description="The provider's stand-in.",
        epilog=SimulatorOptions.describe(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--port-file", type=Path, help="is given the port once the stand-in listens")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    asked = parser.parse_args(arguments)
    try:
        options = SimulatorOptions.parse(asked.settings)
    except ValueError as error:
        parser.exit(2, f"{error}\n")
    serve(options, asked.host, asked.port, asked.port_file)


if __name__ == "__main__":
    main()
