"""Activations: what is measured of a network, recording it, and putting it back."""
