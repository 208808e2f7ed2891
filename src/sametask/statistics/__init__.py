"""Statistics of paired samples: intervals, null distributions, folds, and rotations."""
