# Memory (MB) and time (minutes) of rules. They grow with the size of the work and with every
# attempt, so that a profile with `retries` gives a job what its first attempt lacked. The numbers
# of each rule are in rules/, those of a cluster in profiles/slurm.
from sametask.storage.pretrained_files import PretrainedFiles, has_weights

# Inputs per second of a slow network on one core.
PASSES = 500


def growing(amount):
    """An amount, or the result of a function of the wildcards, times the number of the attempt."""
    of = amount if callable(amount) else lambda wildcards: amount
    return lambda wildcards, attempt: attempt * of(wildcards)


def needs(memory, minutes, **others):
    """The resources of a rule: memory, time, and others without change."""
    return {"mem_mb": growing(memory), "runtime": growing(minutes), **others}


def gpu(wildcards):
    return network(wildcards).gpu


def gpu_unless_joined(wildcards, input):
    """The GPUs of a network; none if its shards are only joined."""
    return 0 if input.shards else gpu(wildcards)


def with_kernels(base, count):
    """A base of memory, and so many matrices of all pairs of fit samples."""

    def of(wildcards):
        settings = experiment(wildcards)
        positions = settings.positions
        rows = positions.samples if positions else settings.samples.fit
        return base + count * 8 * rows**2 // 10**6

    return of


def weights(network):
    """Memory for a network: three times its weights, in single precision if they are pretrained.
    Networks that a rule trains are small; of others without a file, the size is not known.
    """
    file = network.checkpoint
    if network.pretrained:
        return 3 * 4 * pretrained_numbers(network) // 10**6
    return 3 * Path(file).stat().st_size // 10**6 if file else 0


def pretrained_numbers(network):
    """How many numbers a pretrained network has, if its weights are here."""
    folder = pretrained_folder(network.pretrained)
    if folder is None or not has_weights(folder):
        return 0
    return PretrainedFiles.of(folder).numbers


def with_network(base):
    """A base of memory, and the memory of a network."""
    return lambda wildcards: base + weights(network(wildcards))


def with_both_networks(amount):
    """An amount of memory, and the memory of both networks of a pair."""

    def of(wildcards):
        networks = experiment(wildcards).networks
        pair = (networks[wildcards[side]] for side in ("a", "b"))
        return amount(wildcards) + sum(map(weights, pair))

    return of


def extraction_time(wildcards):
    """Time for the perturbations of all samples, or of those of one job."""
    settings = experiment(wildcards)
    samples = settings.samples.fit + settings.pool
    inputs = samples * settings.perturbations.count
    return 30 + inputs // int(wildcards.get("shards", 1)) // (60 * PASSES)


# What a verdict waits for starts before what only its report needs, so that no core idles at the
# end of a run.
VERDICT_FIRST = 1
