"""How neurons lie to each other: distances, ellipsoids, density, and a circle that they run."""
