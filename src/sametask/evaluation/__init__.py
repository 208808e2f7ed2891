"""Errors of maps on held-out samples, and reconstruction from a few neurons."""
