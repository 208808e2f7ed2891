"""Whether two networks learned the same task: how few shared inputs a simple map needs."""
