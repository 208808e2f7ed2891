"""``sametask verdict``: print the verdicts of an experiment."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sametask.cli.stored_verdicts import read_verdicts
from sametask.cli.task_lines import both_matrices, pair_text

ABOUT = "Read the verdicts of an experiment."
EXAMPLE = "sametask verdict results/scalar\n  sametask verdict results/scalar shallow deep"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument("results", help="folder of an experiment, such as results/scalar")
    parser.add_argument("pair", nargs="*", help="show only this pair: shallow-deep or shallow deep")
    parser.add_argument("--json", action="store_true", help="print the stored verdicts as JSON")


def run(options: argparse.Namespace) -> None:
    """Print one verdict or all, and matrices of relations if there are more than two networks."""
    # Names of networks have no hyphen, so that `a b` and `a-b` mean one pair.
    verdicts = read_verdicts(Path(options.results), "-".join(options.pair) or None)
    if options.json:
        print(json.dumps(verdicts, indent=2))
        return
    networks = {side["name"] for verdict in verdicts for side in verdict["networks"].values()}
    if len(networks) > 2:
        print(both_matrices(verdicts), end="\n\n")
    print("\n\n".join(map(pair_text, verdicts)))
