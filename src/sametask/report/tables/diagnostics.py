"""The tables of diagnostics: how everything was made, and which stores it is in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sametask.config.sections.sample_sections import DATA
from sametask.report.data.experiment import Network, Report
from sametask.report.wording.network import perturbation_kind
from sametask.report.wording.numbers import number
from sametask.storage.store import Store


def _perturbed_words(perturbations: Mapping[str, Any]) -> str:
    """Return how many perturbations a sample has, and of which kind."""
    along = perturbations["along"]
    text = f"{perturbations['count']:,}, {perturbation_kind(along)}"
    return f"{text}, {perturbations['neighbours']} neighbours" if along == DATA else text


def _settings(network: Network) -> dict[str, str]:
    """Return how a network's geometry and coordinates were made; a dash for what failed."""
    geometry, diffusion = network.geometry.attributes, network.diffusion.attributes
    settings = {
        "rank of the local covariances": "–",
        "local geometry from": f"{geometry['source']}, σ = {number(geometry['sigma'])}",
        "perturbations of a sample": _perturbed_words(geometry["perturbations"]),
        "bandwidth ε (input²)": "–",
        "its square root (input)": "–",
        "engine": diffusion["engine"],
        "selection": "–",
        "eigenvalues, first and last": "–",
    }
    if not network.geometry.failed:
        settings["rank of the local covariances"] = f"{network.rank} ({geometry['rank_rule']})"
    if not network.diffusion.failed:
        values, width = network.diffusion["eigenvalues"], diffusion["bandwidth"]
        settings |= {
            "bandwidth ε (input²)": f"{number(width)} ({diffusion['bandwidth_rule']})",
            "its square root (input)": number(width**0.5),
            "selection": f"{len(diffusion['selected'])} {diffusion['selection']}",
            "eigenvalues, first and last": f"{values[0]:.6f} … {values[-1]:.6f}",
        }
    return settings


def setting_table(networks: Iterable[Network]) -> list[tuple[str, list[str]]]:
    """Return how each network's geometry and coordinates were made: label, one value each."""
    columns = [_settings(network) for network in networks]
    return [(label, [column[label] for column in columns]) for label in columns[0]]


def _store_row(store: Store, of: str) -> dict[str, str]:
    header = store.header
    return {
        "kind": header["kind"],
        "of": of,
        "digest": header["digest"][:12],
        "code": header.get("code", "–")[:12],
        "settings": header.get("config_digest", "–")[:12],
    }


def provenance_table(report: Report) -> tuple[str, list[dict[str, str]]]:
    """Return the versions that made the stores, and every store with its short digests."""
    stores = [(report.samples, report.name)]
    for name, network in report.networks.items():
        made = [network.samples] if network.samples is not report.samples else []
        made += [network.activations, network.geometry, network.diffusion]
        stores += [(store, name) for store in made]
    for pair in report.pairs:
        stores += [(store, pair.name) for store in pair.stores]
    versions = {f"sametask {store.header['version']}" for store, _ in stores}
    for store, _ in stores:
        versions |= {f"{name} {number}" for name, number in store.header["libraries"].items()}
    return ", ".join(sorted(versions)), [_store_row(store, of) for store, of in stores]
