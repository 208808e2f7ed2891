"""Limits of what a verdict compares; read without torch, by what only writes sentences."""

# At most so many local directions of a sample are compared, and at most one for four perturbations:
# by chance, r directions of M perturbations have a correlation of about √(2 r / M).
COMPARED = 64
PERTURBATIONS_A_DIRECTION = 4
