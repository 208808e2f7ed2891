"""List the layers of a network: ``python -m sametask.networks FACTORY --input-shape 1 8 8``."""

from __future__ import annotations

import argparse
import json
import sys

from sametask.errors import SametaskError
from sametask.networks import build, list_layers

EXAMPLE = """example:
  python -m sametask.networks sametask.networks.zoo:mlp \\
      --arguments '{"widths": [1, 8, 8, 8, 1]}' --input-shape 1"""


def main() -> None:
    """Print name, class, output shape and number of neurons of every layer, in running order."""
    parser = argparse.ArgumentParser(
        prog="python -m sametask.networks",
        description="List the layers of a network, to choose the ones to measure.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("factory", help="package.module:function that builds the network")
    parser.add_argument("--arguments", default="{}", help="its keyword arguments, as JSON")
    parser.add_argument("--input-shape", type=int, nargs="+", required=True, help="of one input")
    given = parser.parse_args()
    try:
        network = build(given.factory, json.loads(given.arguments))
        layers = list_layers(network, given.input_shape)
    except json.JSONDecodeError as error:
        sys.exit(f"--arguments: not JSON: {error}")
    except SametaskError as error:
        sys.exit(str(error))
    width = max(len(layer.name) for layer in layers)
    print(f"{'layer':{width}}  {'class':16}  {'output shape':16}  neurons")
    for layer in layers:
        print(f"{layer.name:{width}}  {layer.kind:16}  {layer.shape!s:16}  {layer.neurons}")


if __name__ == "__main__":
    main()
