"""Everything on disk: zarr stores, JSON files, and where each of them comes from."""
