// Value noise of three decorrelated channels, range about -1…1.
#pragma once
#include "vec.h"

static V3 NT[4096];
static bool ninit = false;
static void init_noise() {
    if (ninit) return;
    for (int i = 0; i < 4096; i++) NT[i] = v3(hf(i * 3 + 1) * 2 - 1, hf(i * 3 + 2) * 2 - 1, hf(i * 3 + 3) * 2 - 1);
    ninit = true;
}
static inline const V3& lat(int x, int y, int z) { return NT[(uint32_t)(x * 73856093 ^ y * 19349663 ^ z * 83492791) >> 7 & 4095]; }
static V3 noise3(V3 p) {
    float fx = floorf(p.x), fy = floorf(p.y), fz = floorf(p.z);
    int X = (int)fx, Y = (int)fy, Z = (int)fz;
    float a = p.x - fx, b = p.y - fy, c = p.z - fz;
    a = a * a * (3 - 2 * a);
    b = b * b * (3 - 2 * b);
    c = c * c * (3 - 2 * c);
    V3 q0 = mix(mix(lat(X, Y, Z), lat(X + 1, Y, Z), a), mix(lat(X, Y + 1, Z), lat(X + 1, Y + 1, Z), a), b);
    V3 q1 = mix(mix(lat(X, Y, Z + 1), lat(X + 1, Y, Z + 1), a), mix(lat(X, Y + 1, Z + 1), lat(X + 1, Y + 1, Z + 1), a), b);
    return mix(q0, q1, c);
}
