"""Copy a pretrained network of transformers: write its weights, and how to build it again."""

from collections.abc import Mapping
from typing import Any

from sametask.base.errors import about
from sametask.jobs.job import job, warn
from sametask.networks import save
from sametask.networks.pretrained import folder_of
from sametask.networks.pretrained_weights import narrowed, read_pretrained
from sametask.storage.pretrained_files import PretrainedFiles


def fetch_pretrained(
    output: str, name: str, factory: str, arguments: Mapping[str, Any], download: str
) -> None:
    """Write weights and description of a pretrained network to a folder.

    Weights of half precision are kept as they are; passes are in the precision of the settings.
    """
    with about(f"network {name!r}"):
        folder = folder_of(arguments["source"], arguments["revision"], download == "never")
        files = PretrainedFiles.of(folder)
        how = arguments["class"], arguments["arguments"], arguments.get("generate")
        filled = read_pretrained(files, *how)
    if filled.unexpected:
        warn(f"network {name!r}: {filled.network_lacks()}")
    description = {
        "factory": factory,
        "arguments": arguments,
        "recipe": filled.recipe.plain(),
        "half_precision": narrowed(filled.network, files),
        "unused": filled.unexpected,
    }
    save(output, filled.network, description)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        fetch_pretrained(
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            **snakemake.params.network,
            download=snakemake.params.download,
        )
