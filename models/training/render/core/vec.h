// Small vector type, smooth steps, hashes. Colours are linear RGB in the same type.
#pragma once
#include <cmath>
#include <cstdint>
#include <algorithm>
using std::max;
using std::min;

struct V3 {
    float x, y, z;
};
static inline V3 v3(float a, float b, float c) { return {a, b, c}; }
static inline V3 operator+(V3 a, V3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
static inline V3 operator-(V3 a, V3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
static inline V3 operator*(V3 a, float s) { return {a.x * s, a.y * s, a.z * s}; }
static inline V3 operator*(V3 a, V3 b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
static inline float dot(V3 a, V3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static inline V3 cross(V3 a, V3 b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
static inline V3 norm(V3 a) {
    float l = dot(a, a);
    return l > 1e-20f ? a * (1.f / sqrtf(l)) : v3(0, 0, 1);
}
static inline V3 mix(V3 a, V3 b, float t) { return a + (b - a) * t; }
static inline float clamp01(float x) { return x < 0 ? 0 : x > 1 ? 1 : x; }
static inline float sstep(float a, float b, float x) {
    x = clamp01((x - a) / (b - a));
    return x * x * (3 - 2 * x);
}
static inline float powi(float x, int n) {
    float r = 1;
    while (n) {
        if (n & 1) r *= x;
        x *= x;
        n >>= 1;
    }
    return r;
}
static inline uint32_t hash32(uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    x ^= x >> 16;
    return x;
}
static inline float hf(uint32_t x) { return (hash32(x) >> 8) * (1.f / 16777216.f); }
static inline float gauss(float d2, float s) {
    float q = d2 / (s * s);
    return q > 9 ? 0 : 1.f / (1.f + q + .5f * q * q);
}
