"""Which samples one of several jobs records, and which of them it takes together.

The row of a matrix product can end in other bits when it stands in a batch of another size. So the
samples that go through a network together are the same, however many jobs share the work.
"""

from __future__ import annotations

from dataclasses import dataclass

from sametask.base.errors import DataError

# A part of the samples is recorded in at most so many blocks, which are never divided.
BLOCKS = 64


def block_size(total: int) -> int:
    """Return the number of samples in a block of a part that has ``total`` of them."""
    return -(-total // BLOCKS)


def most_shards(total: int) -> int:
    """Return the number of blocks of a part, and so of jobs that can share it."""
    return -(-total // block_size(total))


@dataclass(frozen=True)
class Share:
    """The share of the samples that job ``index`` of ``count`` records, counted from 0."""

    index: int = 0
    count: int = 1

    def of(self, total: int) -> slice:
        """Return which samples of a part that is; shares differ by one block at most.

        Of a part with fewer blocks than there are jobs some have none.
        """
        blocks, size = most_shards(total), block_size(total)
        start, stop = (blocks * edge // self.count for edge in (self.index, self.index + 1))
        return slice(start * size, min(stop * size, total))

    def require(self, total: int) -> None:
        """Raise ``DataError`` if there is no such job, or more of them than blocks."""
        most = most_shards(total)
        if not 0 <= self.index < self.count <= most:
            raise DataError(
                f"no shard {self.index + 1} of {self.count}: {total} fit samples are recorded by "
                f"at most {most} jobs"
            )


WHOLE = Share()
