"""Neurons as random vectors: their means and covariances, and which can be merged or left out.

A neuron is a row of a layer's weights, with its bias. It is random because the rows that a network
learns from are. Source: E. Nasyrov and V. Strijov, a draft of 2023 (``docs/neurons.md``).
"""
