"""What the scripts of all rules use: logs, processes, parts of the samples, the cluster."""
