// Strands of hair (Kajiya-Kay) and lashes.
#pragma once
#include "light.h"

static V3 strandshade(const Ctx& c, int strand, int kind, V3 P, V3 T, float s, float u, V3 V, uint8_t& lab, float& cache) {
    const float* p = c.p;
    float r0 = c.in->srnd[2 * strand], r1 = c.in->srnd[2 * strand + 1];
    if (kind == 1) {
        lab = s < .3f ? 3 : 6;
        return c.ambient(v3(0, 0, 1)) * v3(.012f, .010f, .009f) + v3(.002f, .002f, .002f);
    }
    lab = kind == 2 ? 6 : 4;
    V3 hc = v3(p[P_HCX], p[P_HCY], p[P_HCZ]);
    V3 N = norm(P - hc);
    N = norm(N * 1.f + V * .35f - T * dot(N, T));
    N = norm(N - T * dot(N, T) + v3(0, 0, 1e-4f));
    V3 B = cross(T, N);
    N = norm(N + B * (u * .75f));
    // lanes across the ribbon of hairs, each lighter or darker and changing along the strand
    uint32_t lane = (uint32_t)(strand * 131 + (int)((u + 1) * 5));
    float along = s * 5 + hf(lane), part = along - floorf(along);
    uint32_t piece = lane * 31 + (uint32_t)along * 7919;
    float fine = hf(lane) * .6f + (hf(piece) * (1 - part) + hf(piece + 7919) * part) * .6f - .6f;
    N = norm(N + B * (.5f * (hf(lane + 9) - .5f)));
    V3 A = mix(c.pv(P_HAR), c.pv(P_HA2R), clamp01(s * 1.1f - .15f + .3f * (r1 - .5f)));
    float var = p[P_HAVAR];
    A = A * (1 + var * (r0 - .5f) * 1.3f + var * fine * .9f);
    float root = .55f + .45f * sstep(0, .22f, s);
    if (cache < 0) cache = c.shadow(P, .45f);
    float sh = cache;
    V3 o = A * c.ambient(N) * root;
    const V3 L[3] = {c.key, c.fil, c.rim}, C[3] = {c.keyc, c.filc, c.rimc};
    for (int i = 0; i < 3; i++) {
        float tl = dot(T, L[i]), sl = sqrtf(max(0.f, 1 - tl * tl)), nl = dot(N, L[i]);
        float v = i ? .7f : sh;
        float df = clamp01(.35f + .65f * nl) * (.35f + .65f * sl) * root * v;
        o = o + A * C[i] * df;
        V3 h = norm(L[i] + V);
        float sft = (r1 - .5f) * .18f;
        float th = dot(T, h) - .06f + sft, sh1 = sqrtf(max(0.f, 1 - th * th));
        float th2 = dot(T, h) + .14f + sft, sh2 = sqrtf(max(0.f, 1 - th2 * th2));
        float g = clamp01(nl + .35f) * v * root;
        o = o + C[i] * (p[P_HASPEC] * (powi(sh1, 70) * .07f) * g) + C[i] * A * (p[P_HASPEC] * powi(sh2, 22) * .75f * g);
    }
    return o;
}
