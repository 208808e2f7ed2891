# Memory (MB) and time (minutes) that rules ask for: by the size of their work, and more at every
# attempt. A profile that retries jobs (`retries`) gives them what the first attempt lacked.

# Inputs that a slow network on one core takes in a second.
PASSES = 500


def growing(amount):
    """An amount, or one that a function of the wildcards gives, times the attempt."""
    of = amount if callable(amount) else lambda wildcards: amount
    return lambda wildcards, attempt: attempt * of(wildcards)


def needs(memory, minutes, **others):
    """The resources of a rule: memory, time, and others as they are."""
    return {"mem_mb": growing(memory), "runtime": growing(minutes), **others}


def gpu(wildcards):
    return network(wildcards).gpu


def gpu_unless_joined(wildcards, input):
    """The same; what shards have recorded is only joined, and needs none."""
    return 0 if input.shards else gpu(wildcards)


def with_kernels(base, count):
    """Memory for so many matrices of all pairs of fit samples, beside a base."""

    def of(wildcards):
        settings = experiment(wildcards)
        positions = settings.positions
        rows = positions.samples if positions else settings.samples.fit
        return base + count * 8 * rows**2 // 10**6

    return of


def weights(network):
    """Memory for a network: three times its checkpoint. Those that are trained here are small."""
    file = network.checkpoint
    return 3 * Path(file).stat().st_size // 10**6 if file else 0


def with_network(base):
    """Memory for a network beside a base."""
    return lambda wildcards: base + weights(network(wildcards))


def with_both_networks(amount):
    """Memory for both networks of a pair beside that amount."""

    def of(wildcards):
        networks = experiment(wildcards).networks
        pair = (networks[wildcards[side]] for side in ("a", "b"))
        return amount(wildcards) + sum(map(weights, pair))

    return of


def extraction_time(wildcards):
    """Time for the samples' neighbourhoods, or for a share of them."""
    settings = experiment(wildcards)
    samples = settings.samples.fit + settings.pool
    inputs = samples * settings.perturbations.count
    return 30 + inputs // int(wildcards.get("shards", 1)) // (60 * PASSES)
