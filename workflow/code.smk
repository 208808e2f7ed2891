# What a rule runs, and what it reads beside its inputs. Its parameters are a digest of the code and
# the states of the user's own files, which change with them.
from sametask.storage.provenance import (
    code_digest,
    file_states,
    named_files,
    reference_files,
)


def code(rule, references=lambda wildcards: [], templates=()):
    """A digest of a rule's script, of the modules that it uses, of the factories and targets
    that the experiment names, and of other files that it reads."""
    script = SCRIPTS / f"{rule}.py"

    def of(wildcards):
        files = reference_files(*references(wildcards))
        return code_digest(script, *templates, *files)

    return of


def states(files):
    """What changes with the user's own files: Snakemake sees newer ones only."""
    return lambda wildcards: file_states(files(wildcards))


def made_by(rule, references=lambda wildcards: [], files=None, templates=()):
    """The parameters `code` and, where the rule reads files of the user, `files`."""
    params = {"code": code(rule, references, templates)}
    return params | ({"files": states(files)} if files else {})


def target_reference(wildcards):
    task = experiment(wildcards).task
    return [task.target] if task and task.target else []


def factory_reference(wildcards):
    return [network(wildcards).factory]


def simulation_reference(wildcards):
    return [experiment(wildcards).inputs.simulate.function]


def seen_by(network):
    """The functions that make a network and what it sees."""
    return [network.factory, *([network.view.function] if network.view else [])]


def seeing_references(wildcards):
    return seen_by(network(wildcards))


def own_references(network):
    """The same, and the function of its own targets where it has any."""
    return [*seen_by(network), *filter(None, [network.own_target])]


def training_references(wildcards):
    return own_references(network(wildcards)) + target_reference(wildcards)


def pair_references(wildcards):
    networks = experiment(wildcards).networks
    return [
        reference
        for side in ("a", "b")
        for reference in own_references(networks[wildcards[side]])
    ]


def view_files(wildcards):
    """The files that a view reads, a mesh say: when one changes, the network sees anew."""
    view = network(wildcards).view
    return named_files(view.arguments) if view else []


def factory_files(wildcards):
    """The files that a network is built from, a vocabulary say."""
    return named_files(network(wildcards).arguments)


def checkpoint_files(wildcards):
    """The file that a network is taken over from, and those that it is built from."""
    return [network(wildcards).checkpoint, *factory_files(wildcards)]


def training_files(wildcards):
    """The files that a network is built from, and those that its view reads."""
    return [*factory_files(wildcards), *view_files(wildcards)]


def simulation_files(wildcards):
    """The files that a simulation reads."""
    return named_files(asked("inputs", "simulate")(wildcards))


def own_data_files(wildcards):
    """The file of a data set that the user has, and not a rule has made."""
    own = not is_simulated(experiment(wildcards).inputs)
    return data_files(wildcards) if own else []
