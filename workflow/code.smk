# The code that a rule runs, and the files of the user that it reads. Their digests and states are
# parameters of the rule, so that it runs again if they change.
from sametask.storage.hub import cached_folder, local_folder
from sametask.storage.pretrained_files import files_in
from sametask.storage.provenance import (
    code_digest,
    file_states,
    named_files,
    reference_files,
)


def code(rule, references=lambda wildcards: [], templates=()):
    """A digest of the code of a rule: its script, the modules that the script imports, the
    factories and targets that the experiment names, and templates."""
    script = SCRIPTS / f"{rule}.py"

    def of(wildcards):
        files = reference_files(*references(wildcards))
        return code_digest(script, *templates, *files)

    return of


def states(files):
    """The states of files of the user; Snakemake itself notices newer files only."""
    return lambda wildcards: file_states(files(wildcards))


def made_by(rule, references=lambda wildcards: [], files=None, templates=()):
    """The parameters `code` and, if the rule reads files of the user, `files`."""
    params = {"code": code(rule, references, templates)}
    return params | ({"files": states(files)} if files else {})


def target_reference(wildcards):
    task = experiment(wildcards).task
    return [task.target] if task and task.target else []


def factory_reference(wildcards):
    return [built(wildcards)["factory"]]


def simulation_reference(wildcards):
    return [experiment(wildcards).inputs.simulate.function]


def seen_by(network):
    """The functions that build a network and its view."""
    factory = built_by(network)["factory"]
    return [factory, *([network.view.function] if network.view else [])]


def seeing_references(wildcards):
    perturbing = experiment(wildcards).perturbations.reference
    return [*seen_by(network(wildcards)), *filter(None, [perturbing])]


def own_references(network):
    """The functions of `seen_by`, and the target function of the network if it has its own."""
    return [*seen_by(network), *filter(None, [network.own_target])]


def training_references(wildcards):
    return own_references(network(wildcards)) + target_reference(wildcards)


def judging_references(wildcards):
    """The functions of both networks of a pair, and the metric of the user."""
    task = experiment(wildcards).task
    return [*pair_references(wildcards), *filter(None, [task and task.metric])]


def pair_references(wildcards):
    networks = experiment(wildcards).networks
    return [
        reference
        for side in ("a", "b")
        for reference in own_references(networks[wildcards[side]])
    ]


def made_here(*values):
    """The paths among some values that rules of this workflow make. Snakemake notices their
    changes itself."""
    return [value for value in values if isinstance(value, str) and is_made(value)]


def users_named_files(arguments):
    """The files of the user that arguments name, such as a mesh or a vocabulary."""
    return [path for path in named_files(arguments) if not made_here(path)]


def all_named_files(arguments):
    """The files that arguments name, those that rules make as well."""
    return [*users_named_files(arguments), *made_here(*arguments.values())]


def view_arguments(wildcards):
    view = network(wildcards).view
    return view.arguments if view else {}


def seeing_arguments(wildcards):
    """The arguments of the functions that make what a network sees: its view, and perturbations."""
    return [view_arguments(wildcards), experiment(wildcards).perturbations.arguments]


def view_files(wildcards):
    """The files that a view reads. If one changes, a network is trained again."""
    return all_named_files(view_arguments(wildcards))


def seeing_files(wildcards):
    """The files that decide what a network sees. If one changes, it is recorded again."""
    return unique_of(all_named_files, seeing_arguments(wildcards))


def users_seeing_files(wildcards):
    return unique_of(users_named_files, seeing_arguments(wildcards))


def unique_of(files, arguments):
    """The files of all these arguments, each once."""
    return list(dict.fromkeys(path for given in arguments for path in files(given)))


def factory_files(wildcards):
    """The files that a network is built from, such as a vocabulary."""
    return named_files(network(wildcards).arguments)


def checkpoint_files(wildcards):
    """The checkpoint of a network, if it has one, and the files that it is built from."""
    return [*checkpoint(wildcards), *factory_files(wildcards)]


def checkpoint(wildcards):
    """The checkpoint of a network; none if its factory gives it its weights."""
    return list(filter(None, [network(wildcards).checkpoint]))


def pretrained_folder(section):
    """The folder of a pretrained network, as far as it is here; nothing is downloaded."""
    named = section.source, section.revision
    if made_here(section.source) and not Path(section.source).is_dir():
        return None
    return local_folder(*named) or cached_folder(*named)


def pretrained_files(wildcards):
    """The files of a pretrained network, or the folder of one that a rule makes."""
    made = made_here(network(wildcards).pretrained.source)
    return made or users_pretrained_files(wildcards)


def users_pretrained_files(wildcards):
    """The files of a pretrained network in a folder of the user. Those of the hub are as fixed as
    their revision."""
    section = network(wildcards).pretrained
    if made_here(section.source):
        return []
    folder = local_folder(section.source, section.revision)
    return [] if folder is None else [str(path) for path in files_in(folder)]


def training_files(wildcards):
    """The files of the user that a network is built from, and those that its view reads."""
    return [*factory_files(wildcards), *users_named_files(view_arguments(wildcards))]


def simulation_files(wildcards):
    """The files that a simulation reads."""
    return named_files(asked("inputs", "simulate")(wildcards))


def own_data_files(wildcards):
    """The files of a data set, unless a rule makes it."""
    is_users = not is_made_by_rule(experiment(wildcards).inputs)
    return data_files(wildcards) if is_users else []
