// Tone curve: linear to 8 bits, and back for the picture behind the person.
#pragma once
#include "vec.h"

static uint8_t TONE[4097];
static float LIN[256];
static inline float filmic(float x) { return x < .6f ? x : .6f + .4f * (1 - expf(-(x - .6f) / .4f)); }
static void init_tone() {
    static bool ready = false;
    if (ready) return;
    for (int i = 0; i <= 4096; i++) {
        float x = filmic(i / 2048.f);
        x = x <= .0031308f ? 12.92f * x : 1.055f * powf(x, 1 / 2.4f) - .055f;
        TONE[i] = (uint8_t)(clamp01(x) * 255 + .5f);
    }
    for (int i = 0; i < 256; i++) {
        float s = i / 255.f, l = s <= .04045f ? s / 12.92f : powf((s + .055f) / 1.055f, 2.4f);
        LIN[i] = l < .6f ? l : .6f - .4f * logf(max(1e-3f, 1 - (l - .6f) / .4f));
    }
    ready = true;
}
static inline uint8_t tone(float x) { return TONE[(int)(clamp01(x * .5f) * 4096)]; }
