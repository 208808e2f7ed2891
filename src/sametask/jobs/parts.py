"""The division of samples among the jobs that record a network, and into blocks of full passes.

A row of a matrix product can differ in its last bits if the batch has another size. So the
perturbations of samples pass a network in blocks that do not depend on the number of jobs, as long
as there is a block for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sametask.base.errors import DataError

# Largest number of jobs that record a network.
MOST_JOBS = 64
# The part of its passes that a block fills at least.
FULL = 0.9


def block_size(each: int, batch: int) -> int:
    """Return the number of samples in a block, if a sample has ``each`` inputs.

    These are the fewest samples that fill 90 % of their passes, of ``batch`` inputs each.
    """
    passes = 1
    while (size := passes * batch // each) * each < FULL * passes * batch:
        passes += 1
    return size


def most_shards(total: int) -> int:
    """Return the largest number of jobs that record ``total`` samples."""
    return min(MOST_JOBS, total)


@dataclass(frozen=True)
class JobPart:
    """The part of the samples whose surroundings job ``index`` of ``count`` records, from 0."""

    index: int = 0
    count: int = 1

    def of(self, total: int, full: int) -> tuple[slice, int]:
        """Return this part of ``total`` samples, and the size of its blocks.

        A block has ``full`` samples, or fewer if there are more jobs than such blocks. Parts differ
        by at most one block. If there are fewer samples than jobs, some jobs get none.
        """
        size = max(1, min(full, total // self.count))
        blocks = -(-total // size)
        start, stop = (blocks * edge // self.count for edge in (self.index, self.index + 1))
        return slice(start * size, min(stop * size, total)), size

    def require(self, total: int) -> None:
        """Raise ``DataError`` if there is no such job, or if there are more jobs than samples."""
        most = most_shards(total)
        if not 0 <= self.index < self.count <= most:
            raise DataError(
                f"no shard {self.index + 1} of {self.count}: {total} fit samples are recorded by "
                f"at most {most} jobs"
            )


WHOLE = JobPart()
