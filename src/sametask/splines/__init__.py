"""Thin-plate splines, interpolating and smoothing."""
