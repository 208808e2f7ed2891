"""Activations: what is measured of a network, recording it, and putting it back."""

from sametask.activations.extract import (
    extract_jacobians,
    extract_perturbed,
    extract_samples,
    to_network,
)
from sametask.activations.hooks import Pass, observe, record, run_with_replaced
from sametask.activations.layout import Layout

__all__ = [
    "Layout",
    "Pass",
    "extract_jacobians",
    "extract_perturbed",
    "extract_samples",
    "observe",
    "record",
    "run_with_replaced",
    "to_network",
]
