"""Diffusion maps: bandwidth, kernel, eigenpairs, and the choice among them."""
