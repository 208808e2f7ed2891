"""What the pages read of an experiment's stores, as plain arrays."""
