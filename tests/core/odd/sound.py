"""WAV, FLAC, OGG and MP3: codings, chunks, streams without a length, and headers that lie."""

from __future__ import annotations

import struct

import numpy as np
import soundfile

from drsn_core.errors import DamagedFile, DrsnError, NotFinite, TooLarge, TooShort, UnknownFormat
from tests.core.odd.case import Odd, bad, good, patched, saved

TONE = np.sin(np.arange(8000) / 20) / 2
STEREO = np.stack([TONE, -TONE / 2])
CODINGS = {"PCM_U8": 2**-6, "PCM_16": 2**-14, "PCM_24": 2**-22, "PCM_32": 2**-30, "FLOAT": 1e-7, "DOUBLE": 0.0}


def sound(form: str, coding: str, samples: np.ndarray = STEREO, rate: int = 16000, **options: object) -> bytes:
    return saved(soundfile.write, samples.T, rate, format=form, subtype=coding, **options)


def wav(
    body: bytes,
    channels: int = 1,
    rate: int = 8000,
    bits: int = 16,
    coding: int = 1,
    frame: int | None = None,
    length: int | None = None,
    chunks: bytes = b"",
) -> bytes:
    """A WAV file with any header."""
    frame = channels * bits // 8 if frame is None else frame
    head = struct.pack("<HHIIHH", coding, channels, rate, rate * frame % 2**32, frame % 2**16, bits)
    size = len(body) if length is None else length
    inner = b"WAVEfmt " + struct.pack("<I", 16) + head + chunks + b"data" + struct.pack("<I", size & 0xFFFFFFFF) + body
    return b"RIFF" + struct.pack("<I", len(inner) & 0xFFFFFFFF) + inner


RAMP = np.arange(-300, 300, dtype="<i2") * 50
RAMP_VALUES = [RAMP / 32768]


def unknown_length() -> bytes:
    data = bytearray(sound("FLAC", "PCM_16"))
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    return bytes(data)


def with_nan() -> bytes:
    return sound("WAV", "FLOAT", np.array([[0.0, np.nan, 1.0]]))


CASES: dict[str, Odd] = {
    **{
        f"WAV of {coding}": good("a.wav", sound("WAV", coding), STEREO, atol, 16000) for coding, atol in CODINGS.items()
    },
    **{
        f"extensible WAV of {coding}": good("a.wav", sound("WAVEX", coding), STEREO, CODINGS[coding], 16000)
        for coding in ("PCM_16", "PCM_24", "FLOAT")
    },
    "A-law": good("a.wav", sound("WAV", "ALAW"), STEREO, 0.02, 16000),
    "mu-law": good("a.wav", sound("WAV", "ULAW"), STEREO, 0.02, 16000),
    "FLAC of 8 bits": good("a.flac", sound("FLAC", "PCM_S8"), STEREO, 2**-6, 16000),
    "FLAC of 16 bits": good("a.flac", sound("FLAC", "PCM_16"), STEREO, 2**-14, 16000),
    "FLAC of 24 bits": good("a.flac", sound("FLAC", "PCM_24"), STEREO, 2**-22, 16000),
    "FLAC of unknown length": good("a.flac", unknown_length, STEREO, 2**-14, 16000),
    "eight channels": good(
        "a.wav", sound("WAV", "FLOAT", np.tile(TONE[:100], (8, 1))), np.tile(TONE[:100], (8, 1)), 1e-7
    ),
    "a rate of 1 Hz": good("a.wav", sound("WAV", "FLOAT", STEREO, 1), STEREO, 1e-7, 1),
    "a rate of 384 kHz": good("a.wav", sound("WAV", "FLOAT", STEREO, 384_000), STEREO, 1e-7, 384_000),
    "beyond full scale": good("a.wav", sound("WAV", "FLOAT", 8 * STEREO), 8 * STEREO, 1e-6),
    "lowest of 16 bits": good("a.wav", wav(np.array([-32768, 32767], "<i2").tobytes()), [[-1, 32767 / 32768]], 1e-9),
    "a list of remarks before the samples": good(
        "a.wav", wav(RAMP.tobytes(), chunks=b"LIST\x04\0\0\0INFO"), RAMP_VALUES, 1e-9
    ),
    "a chunk of odd length": good("a.wav", wav(RAMP.tobytes(), chunks=b"junk\x03\0\0\0abc\0"), RAMP_VALUES, 1e-9),
    "remarks behind the samples": good("a.wav", wav(RAMP.tobytes()) + b"LIST\x04\0\0\0INFO", RAMP_VALUES, 1e-9),
    "a stream that never said how long": good("a.wav", wav(RAMP.tobytes(), length=0xFFFFFFFF), RAMP_VALUES, 1e-9),
    "silence": good("a.wav", wav(bytes(1000)), [[0] * 500]),
    "one channel of two": good("a.wav", sound("WAV", "FLOAT"), STEREO[1:], 1e-7, column="1"),
    "sound called mp3": good("a.mp3", sound("WAV", "FLOAT"), STEREO, 1e-7),
    "Vorbis": good("a.ogg", sound("OGG", "VORBIS"), STEREO, 0.1, 16000),
    "Opus": good("a.opus", sound("OGG", "OPUS"), STEREO, 0.2, 16000),
    "MP3": Odd("a.mp3", lambda: sound("MP3", "MPEG_LAYER_III"), np.zeros((2, 8000)), 0.7, 16000),
    "one sample": bad("a.wav", wav(bytes(2)), TooShort),
    "no samples": bad("a.wav", wav(b""), TooShort),
    "NaN": bad("a.wav", with_nan, NotFinite),
    "no channels": bad("a.wav", wav(RAMP.tobytes(), channels=0), DamagedFile),
    "65535 channels": bad("a.wav", wav(RAMP.tobytes(), channels=65535), DrsnError),
    "a frame of no bytes": bad("a.wav", wav(RAMP.tobytes(), channels=0, frame=0), DamagedFile),
    "no bits": bad("a.wav", wav(RAMP.tobytes(), bits=0), DrsnError),
    "a rate of zero": bad("a.wav", wav(RAMP.tobytes(), rate=0), DrsnError),
    "a coding that does not exist": bad("a.wav", wav(RAMP.tobytes(), coding=0x7777), DrsnError),
    "ADPCM": bad("a.wav", sound("WAV", "IMA_ADPCM", TONE[None]), UnknownFormat),
    "fewer samples than stated": bad("a.wav", wav(RAMP.tobytes(), length=2 * len(RAMP) + 2), DamagedFile),
    "far fewer samples than stated": bad("a.wav", wav(RAMP.tobytes(), length=0x7FFFFFF0), DamagedFile),
    "half of a WAV": bad("a.wav", sound("WAV", "PCM_16")[:9000], DamagedFile),
    "the head of a WAV": bad("a.wav", sound("WAV", "PCM_16")[:20], DamagedFile),
    "RIFF and WAVE alone": bad("a.wav", b"RIFF\x04\0\0\0WAVE", DamagedFile),
    "a RIFF of something else": bad("a.wav", b"RIFF\x04\0\0\0AVI " + bytes(40), DamagedFile),
    "a chunk that goes on for ever": bad("a.wav", patched(wav(RAMP.tobytes()), 16, b"\xff\xff\xff\xff"), DamagedFile),
    "big-endian WAV": bad("a.wav", b"RIFX" + wav(RAMP.tobytes())[4:], DamagedFile),
    "half of a FLAC": bad("a.flac", lambda: sound("FLAC", "PCM_16")[:3000], DamagedFile),
    "the signature of a FLAC": bad("a.flac", b"fLaC", DamagedFile),
    "a FLAC that says a thousand times more": bad(
        "a.flac", lambda: patched(sound("FLAC", "PCM_16"), 22, b"\x0f\xff\xff\xff"), TooLarge
    ),
    "silence that swells": bad("a.flac", lambda: sound("FLAC", "PCM_16", np.zeros((2, 11_000_000))), TooLarge),
    "half of an OGG": bad("a.ogg", lambda: sound("OGG", "VORBIS")[:2500], DamagedFile),
    "the first page of an OGG": bad("a.ogg", lambda: sound("OGG", "VORBIS")[:58], DamagedFile),
    "a header of ID3 alone": bad("a.mp3", b"ID3\x03\x00\x00\x00\x00\x00\x00", DamagedFile),
    "ID3 and noise": bad("a.mp3", b"ID3\x03\x00\x00\x00\x00\x00\x00" + np.random.default_rng(0).bytes(3000), DrsnError),
    "AIFF": bad("a.aiff", lambda: sound("AIFF", "PCM_16"), UnknownFormat),
}
