"""Speak texts with espeak-ng, whose library and voices are in the package ``espeakng-loader``."""

from __future__ import annotations

import ctypes
from _ctypes import dlclose
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from sametask.base.errors import ConfigError, DataError, nearest, quoted

# Numbers of speak_lib.h: sound is handed to a function before a call returns, positions are those
# of characters, texts are UTF-8; and which parameter is set.
SYNCHRONOUS, CHARACTERS, UTF8 = 2, 1, 1
SPEED, PITCH = 1, 3
# Milliseconds of sound that are handed over at a time.
BUFFER = 200
Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


@contextmanager
def speaker() -> Iterator[Speaker]:
    """Give a speaker. What it says in the same order is the same each time, bit by bit.

    espeak-ng keeps the phase of its voices and the state of its random numbers from one text to the
    next. It is therefore unloaded at the end.
    """
    try:
        import espeakng_loader
    except ImportError as error:
        raise ConfigError(
            "speech: needs espeakng-loader; pip install 'sametask[speech]', or `make setup`"
        ) from error
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    try:
        yield Speaker(library, Path(espeakng_loader.get_data_path()))
    finally:
        library.espeak_Terminate()
        dlclose(library._handle)


class Speaker:
    """The library espeak-ng, one at a time in a process; see ``speaker``."""

    def __init__(self, library: Any, data: Path) -> None:
        self._library, self._data = library, data
        self.rate = library.espeak_Initialize(SYNCHRONOUS, BUFFER, str(data).encode(), 0)
        if self.rate <= 0:
            raise ConfigError(f"espeak-ng: does not start from {data}; install espeakng-loader")
        library.espeak_ng_SetRandSeed(ctypes.c_long(1))
        self._heard: list[np.ndarray] = []
        # Kept, since the library calls it later.
        self._callback = Callback(self._hear)
        library.espeak_SetSynthCallback(self._callback)

    def _hear(self, samples: Any, count: int, _: int | None) -> int:
        if samples and count > 0:
            self._heard.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def require_voice(self, voice: str) -> None:
        """Raise ``ConfigError`` for a voice that espeak-ng does not have.

        A voice is a language, or a language and a variant: ``en-us+f3``.
        """
        _, plus, variant = voice.partition("+")
        folder = self._data / "voices" / "!v"
        known = sorted(path.name for path in folder.iterdir())
        # espeak-ng would speak without a word in the voice of the language alone.
        if plus and variant not in known:
            raise ConfigError(
                f"voice {quoted(voice)}: no variant {quoted(variant)}; {nearest(variant, known)}"
            )
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ConfigError(
                f"voice {quoted(voice)}: no such language; valid: en, en-us, en-gb-scotland, …"
            )

    def say(self, text: str, voice: str, speed: int, pitch: int) -> np.ndarray:
        """Return the sound of a text, int16 (L,), at the rate of the speaker.

        ``speed`` is in words a minute, ``pitch`` from 0 to 99. Raises ``ConfigError`` for an
        unknown voice, ``DataError`` for a text that makes no sound.
        """
        self.require_voice(voice)
        self._library.espeak_SetParameter(SPEED, speed, 0)
        self._library.espeak_SetParameter(PITCH, pitch, 0)
        self._heard.clear()
        given = text.encode()
        size = ctypes.c_size_t(len(given) + 1)
        self._library.espeak_Synth(given, size, 0, CHARACTERS, 0, UTF8, None, None)
        self._library.espeak_Synchronize()
        if not any(part.any() for part in self._heard):
            raise DataError(f"{quoted(text)}: {voice} says nothing; it needs letters")
        return np.concatenate(self._heard)
