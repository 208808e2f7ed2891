# Outputs that were damaged or deleted after a rule made them. Snakemake sees the folder of a store,
# but not what is missing in it, and it makes a deleted output again only if another job needs it.
from os.path import lexists

from sametask.storage.atomic import sweep
from sametask.storage.damage import damage


@cache
def has_to_be_made(output):
    """Whether an output is damaged or deleted. If so, a line is printed, in a dry run too."""
    wrong = damage(output) if lexists(output) else gone(output)
    if wrong:
        print(f"sametask: {output}: {wrong}; it is made again", file=sys.stderr)
    return wrong is not None


def gone(output):
    """The message on a missing output that Snakemake has made before, or None."""
    if internals.is_temporary(output) or not internals.was_made(workflow, output):
        return None
    return "was made and is gone"


def makes_outputs():
    """Whether this process plans jobs that make outputs: `--touch` only marks them as new."""
    return internals.is_first_process(workflow) and not internals.only_touches(workflow)


def watch_outputs():
    """Make Snakemake produce damaged outputs again, in jobs that are planned from here on."""
    if makes_outputs():
        internals.force(workflow, has_to_be_made)


def no_inputs(wildcards):
    """No inputs: for rules without any, so that their outputs are checked too."""
    watch_outputs()
    return []


onstart:
    # Only before jobs run, not in a dry run: Snakemake has locked the outputs.
    if makes_outputs():
        results = Path("results")
        networks = [*results.glob("*/*/"), *results.glob("*/*/shards/")]
        sweep([results, *results.glob("*/"), *networks])
