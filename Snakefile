from sametask.jobs.cluster import jobs_that_lacked


include: "workflow/Snakefile"


workflow.default_target = "all"


onerror:
    # Of a cluster's jobs: what they ran out of, and the number to change.
    for line in jobs_that_lacked(log):
        print(f"sametask: error: {line}", file=sys.stderr)
