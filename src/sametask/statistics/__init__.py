"""Intervals, nulls, folds and rotations: statistics of any paired samples."""
