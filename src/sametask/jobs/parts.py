"""The division of samples among the jobs that record a network, and into blocks.

A row of a matrix product can differ in its last bits if the batch has another size. So samples pass
a network in the same blocks, however many jobs there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from sametask.base.errors import DataError

# Largest number of blocks of the fit, test or pool samples. A block is never divided.
BLOCKS = 64


def block_size(total: int) -> int:
    """Return the number of samples in a block, if there are ``total`` samples."""
    return -(-total // BLOCKS)


def most_shards(total: int) -> int:
    """Return the number of blocks of ``total`` samples: the largest number of jobs."""
    return -(-total // block_size(total))


@dataclass(frozen=True)
class JobPart:
    """The part of the samples that job ``index`` of ``count`` records, counted from 0."""

    index: int = 0
    count: int = 1

    def of(self, total: int) -> slice:
        """Return this part of ``total`` samples; parts differ by at most one block.

        If there are fewer blocks than jobs, some jobs get no samples.
        """
        blocks, size = most_shards(total), block_size(total)
        start, stop = (blocks * edge // self.count for edge in (self.index, self.index + 1))
        return slice(start * size, min(stop * size, total))

    def require(self, total: int) -> None:
        """Raise ``DataError`` if there is no such job, or if there are more jobs than blocks."""
        most = most_shards(total)
        if not 0 <= self.index < self.count <= most:
            raise DataError(
                f"no shard {self.index + 1} of {self.count}: {total} fit samples are recorded by "
                f"at most {most} jobs"
            )


WHOLE = JobPart()
