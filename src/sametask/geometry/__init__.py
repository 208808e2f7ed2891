"""Local geometry of an activation manifold: covariances, their rank, distances."""
