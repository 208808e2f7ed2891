"""The command line: read a verdict, list layers, check and start experiments, answer sounds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sametask.base.errors import LONGEST, SametaskError, one_line
from sametask.cli import answer_sounds, check_experiment, list_layers, new_experiment, show_verdict
from sametask.cli.terminal import speak_plainly

# Each module has ABOUT and EXAMPLE for the help, ``add_arguments`` and ``run``.
COMMANDS = {
    "verdict": show_verdict,
    "layers": list_layers,
    "check": check_experiment,
    "new": new_experiment,
    "answer": answer_sounds,
}


def _parser() -> argparse.ArgumentParser:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="sametask",
        description="Have two neural networks learned the same task?",
        epilog="example:\n  sametask verdict results/scalar",
        formatter_class=keep_lines,
    )
    subparsers = parser.add_subparsers(required=True, metavar="command")
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(
            name, help=command.ABOUT, description=command.ABOUT,
            epilog=f"example:\n  {command.EXAMPLE}", formatter_class=keep_lines,
        )  # fmt: skip
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; an error is one line and exit status 1."""
    speak_plainly()
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (SametaskError, OSError) as error:
        sys.exit(f"sametask: error: {one_line(str(error), LONGEST)}")
