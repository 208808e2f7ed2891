"""Rows and the networks that learned them: stores of other ensembles are refused."""

from __future__ import annotations

from pathlib import Path

from sametask.neurons import members as networks
from sametask.neurons.data import rows
from sametask.storage.related import require_parents
from sametask.storage.store import open_store


def digests(data: str | Path, members: str | Path) -> dict[str, str]:
    """Return the digests of ``data.zarr`` and of networks, in a gauge or not.

    ``StoreError`` unless the networks learned these rows.
    """
    drawn, trained = open_store(data, rows.KIND), open_store(members, networks.KIND)
    require_parents(trained, data=drawn.digest)
    return {"data": drawn.digest, "members": trained.digest}
