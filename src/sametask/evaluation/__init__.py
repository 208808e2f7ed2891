"""How well maps do on held-out samples, and what a few neurons reconstruct."""
