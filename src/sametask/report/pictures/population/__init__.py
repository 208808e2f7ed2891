"""Figures of a population chosen and captioned: a module, and a function, for each part."""
