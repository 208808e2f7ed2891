# The reference engine, datafold, which runs as a program in its own environment.
import json
import shlex

from sametask.storage.provenance import provenance


def datafold_arguments(wildcards, input, output):
    """The arguments of the program `embed_diffusion.py`."""
    settings = embedding_settings(wildcards)
    parameters = {"code": code("embed_diffusion")(wildcards), "settings": settings}
    return json.dumps(
        {
            "activations": input.activations,
            "geometry": input.geometry,
            "output": output[0],
            "name": wildcards.network.split("/")[1],
            "engine": "datafold",
            "settings": settings,
            "provenance": provenance("embed_datafold", parameters),
        }
    )


def datafold_program():
    """The command before its arguments. With --use-conda, the active Python is that of datafold."""
    python = DATAFOLD_PYTHON if DATAFOLD_PYTHON.is_file() else "python"
    return f"{python} {shlex.quote(str(SCRIPTS / 'embed_diffusion.py'))}"
