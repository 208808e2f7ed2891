from sametask.jobs.slurm_logs import jobs_that_lacked


include: "workflow/Snakefile"


workflow.default_target = "all"


onerror:
    # For jobs of a cluster: the memory or time that they lacked, and the setting to change.
    for line in jobs_that_lacked(log):
        print(f"sametask: error: {line}", file=sys.stderr)
