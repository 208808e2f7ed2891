"""Figures: plain arrays in, figures out."""
