"""The maps between two layers: our routes, the baselines, the stitched network."""
