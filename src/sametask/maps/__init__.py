"""Maps between two layers: through diffusion coordinates, baselines, and stitched networks."""
