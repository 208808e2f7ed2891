"""Files on disk: zarr stores, JSON files, and their provenance."""
