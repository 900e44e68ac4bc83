"""A voice-like sound for a list of syllables: buzz through moving formants, noise for consonants. No recorded voice."""
import numpy as np
from scipy.io import wavfile
from scipy.signal import lfilter

RATE = 48000


def resonator(sound, frequency, width):
    """Two-pole filter with its peak at `frequency` Hz."""
    r = np.exp(-np.pi * width / RATE)
    a = [1, -2 * r * np.cos(2 * np.pi * frequency / RATE), r * r]
    return lfilter([1 - r], a, sound)


def speak(said, seconds, pitch, seed):
    """Mono samples, -1…1."""
    rng = np.random.RandomState(seed)
    sound = np.zeros(int(seconds * RATE))
    for at, length, openness, width, loud, consonant in said:
        n = int(length * RATE)
        t = np.arange(n) / RATE
        tone = pitch * (1 + .12 * np.sin(3 * at) - .08 * t / length + .004 * np.sin(2 * np.pi * 5.5 * t))
        phase = np.cumsum(tone) / RATE
        buzz = 2 * (phase % 1) - 1 + .05 * rng.randn(n)
        vowel = sum(g * resonator(buzz, f, w) for f, w, g in ((300 + 480 * openness, 90, 1), (1350 + 750 * width, 120, .7), (2550, 160, .4)))
        envelope = np.sin(np.pi * np.clip(t / length * 1.1 - .05, 0, 1)) ** .7
        hiss = resonator(rng.randn(n), (2500, 4200, 6000, 3200)[consonant], 900) * np.exp(-t / .025) * (0 if consonant == 0 else 1.2)
        start = int(at * RATE)
        piece = (loud * (vowel * envelope + hiss))[:len(sound) - start]
        sound[start:start + len(piece)] += piece
    room = sound + .18 * np.roll(sound, int(.021 * RATE)) + .10 * np.roll(sound, int(.037 * RATE))
    room += 2e-3 * rng.randn(len(room)) * max(1e-3, np.abs(room).max())
    return room / max(1e-6, np.abs(room).max()) * .6


def write_wave(path, sound):
    wavfile.write(path, RATE, (np.clip(sound, -1, 1) * 32767).astype(np.int16))
