"""Populations that others have trained: their files, read without running anything in them."""
