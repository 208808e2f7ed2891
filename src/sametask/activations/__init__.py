"""Activations of networks: record them, describe them, and replace them in a pass."""
