# Outputs that are not as a rule left them. Of a store Snakemake sees the folder, and not what is
# missing in it; and what is gone it makes again only where something else has to be made from it.
from os.path import lexists

from snakemake.io import is_flagged

from sametask.storage.atomic import sweep
from sametask.storage.damage import damage


class Forced(set):
    """The outputs that Snakemake is forced to make again: those that `--forcerun` names and
    those that are damaged. It asks this of the outputs of each job that it plans."""

    def isdisjoint(self, outputs):
        return super().isdisjoint(outputs) and not [*filter(has_to_be_made, outputs)]


@cache
def has_to_be_made(output):
    """Whether an output is damaged or gone; a line says so, in a dry run as well."""
    found = damage(output) if lexists(output) else gone(output)
    if found:
        print(f"sametask: {output}: {found}; it is made again", file=sys.stderr)
    return found is not None


def gone(output):
    """What to say of an output that is not there though Snakemake has seen it made."""
    if is_flagged(output, "temp") or workflow.persistence.metadata(output) is None:
        return None
    return "was made and is gone"


def look_after(folder):
    """Have damaged outputs made again, and remove from a folder what killed jobs left."""
    if not workflow.is_main_process or workflow.touch:
        return
    if not isinstance(workflow.dag.forcefiles, Forced):
        workflow.dag.forcefiles = Forced(workflow.dag.forcefiles)
    if about_to_run():
        place = Path("results", folder)
        sweep([place.parent, place, *place.glob("*/"), *place.glob("*/shards/")])


def about_to_run():
    """Whether this process plans jobs that it will run itself, alone in this folder."""
    shown = workflow.executor_plugin is None or workflow.dryrun or workflow.touch
    locked = any(Path(".snakemake/locks").glob("*.lock"))
    return workflow.is_main_process and not shown and not locked


@cache
def looked_after(folder):
    """No inputs, for rules that have none: nothing else would ask before they are planned."""
    look_after(folder)
    return []
