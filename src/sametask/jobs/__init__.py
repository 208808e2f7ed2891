"""What the scripts of all rules share: logs, processes, parts of the samples, the cluster."""
