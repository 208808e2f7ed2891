# Outputs that are not as a rule left them. Of a store Snakemake sees the folder, and not what is
# missing in it; and what is gone it makes again only where something else has to be made from it.
from os.path import lexists

from sametask.storage.atomic import sweep
from sametask.storage.damage import damage


@cache
def has_to_be_made(output):
    """Whether an output is damaged or gone; a line says so, in a dry run as well."""
    wrong = damage(output) if lexists(output) else gone(output)
    if wrong:
        print(f"sametask: {output}: {wrong}; it is made again", file=sys.stderr)
    return wrong is not None


def gone(output):
    """What to say of an output that is not there though Snakemake has seen it made."""
    if internals.is_temporary(output) or not internals.was_made(workflow, output):
        return None
    return "was made and is gone"


def watch_outputs():
    """Have damaged outputs made again, from here on in the planning of jobs."""
    if internals.is_first_process(workflow) and not internals.only_touches(workflow):
        internals.force(workflow, has_to_be_made)


def no_inputs(wildcards):
    """No inputs: for rules that have none, whose outputs are looked at all the same."""
    watch_outputs()
    return []


onstart:
    # Jobs are about to run: this is no dry run, and Snakemake has locked their outputs.
    if internals.is_first_process(workflow) and not internals.only_touches(
        workflow
    ):
        results = Path("results")
        networks = [*results.glob("*/*/"), *results.glob("*/*/shards/")]
        sweep([results, *results.glob("*/"), *networks])
