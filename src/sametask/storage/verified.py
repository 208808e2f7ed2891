"""A zarr folder that refuses to read files that were changed after they were written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore, WrapperStore

from sametask.base.errors import StoreError
from sametask.storage.header import ROOT
from sametask.storage.json_files import file_digest


class Verified(WrapperStore[LocalStore]):
    """The files of a finished store, read only. ``files`` are ``{name: [size, SHA-256]}``.

    Before zarr first reads from a file, the digest of the whole file is checked. Raises
    ``StoreError`` for a file that is missing, changed, unreadable, or does not belong to the store.
    """

    def __init__(self, folder: Path, files: Mapping[str, list]) -> None:
        super().__init__(LocalStore(folder, read_only=True))
        self._folder, self._files = folder, files
        # The root is checked by its own checksum.
        self._verified = {ROOT}

    def verify_metadata(self) -> None:
        """Verify the metadata of arrays and groups, which are read when the store is opened."""
        for key in self._files:
            if key.endswith(f"/{ROOT}"):
                self._verify(key)

    def _verify(self, key: str) -> None:
        if key in self._verified:
            return
        path = self._folder / key
        try:
            if key in self._files:
                whole = file_digest(path) == self._files[key][1]
            else:
                # zarr also asks for chunks and metadata that need not exist.
                whole = not path.is_file()
        except OSError as error:
            self._refuse(f"{key} cannot be read ({error.strerror})", error)
        if not whole:
            self._refuse(f"{key} is damaged")
        self._verified.add(key)

    def _refuse(self, fault: str, cause: Exception | None = None) -> None:
        raise StoreError(f"{self._folder}: {fault}; delete the store and run again") from cause

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return the bytes of a file, as zarr asks for them."""
        self._verify(key)
        return await super().get(key, prototype, byte_range)

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        """Return parts of files, as zarr asks for them."""
        wanted = list(key_ranges)
        for key, _ in wanted:
            self._verify(key)
        return await super().get_partial_values(prototype, wanted)
