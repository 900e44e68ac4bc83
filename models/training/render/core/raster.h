// Rasterisers: strands as thick line spans, triangles by barycentric increments.
#pragma once
#include "scene.h"

// ---------------------------------------------------------------- strand rasteriser (thick line spans)
template <class F>
static void thick(const Seg& s, int W, int H, F put) {
    float dx = s.x1 - s.x0, dy = s.y1 - s.y0, L = sqrtf(dx * dx + dy * dy);
    if (L < 1e-4f) return;
    if (fabsf(dy) >= fabsf(dx)) {
        float a = s.y0, b = s.y1;
        bool sw = a > b;
        if (sw) std::swap(a, b);
        int y0 = max(0, (int)ceilf(a - .5f)), y1 = min(H - 1, (int)floorf(b - .5f + 1e-3f));
        float k = L / fabsf(dy);
        for (int y = y0; y <= y1; y++) {
            float t = clamp01((y + .5f - s.y0) / dy), xc = s.x0 + dx * t, hw = max(.5f, (s.w0 + (s.w1 - s.w0) * t) * k * .5f),
                  z = s.z0 + (s.z1 - s.z0) * t;
            int xa = max(0, (int)ceilf(xc - hw - .5f)), xb = min(W - 1, (int)ceilf(xc + hw - .5f) - 1);
            for (int x = xa; x <= xb; x++) put(x, y, z, t, (x + .5f - xc) / hw);
        }
    } else {
        float a = s.x0, b = s.x1;
        if (a > b) std::swap(a, b);
        int x0 = max(0, (int)ceilf(a - .5f)), x1 = min(W - 1, (int)floorf(b - .5f + 1e-3f));
        float k = L / fabsf(dx);
        for (int x = x0; x <= x1; x++) {
            float t = clamp01((x + .5f - s.x0) / dx), yc = s.y0 + dy * t, hw = max(.5f, (s.w0 + (s.w1 - s.w0) * t) * k * .5f),
                  z = s.z0 + (s.z1 - s.z0) * t;
            int ya = max(0, (int)ceilf(yc - hw - .5f)), yb = min(H - 1, (int)ceilf(yc + hw - .5f) - 1);
            for (int y = ya; y <= yb; y++) put(x, y, z, t, (y + .5f - yc) / hw);
        }
    }
}
// ---------------------------------------------------------------- triangle rasteriser
template <class F>
static inline void triraster(float ax, float ay, float az, float bx, float by, float bz, float cx, float cy, float cz, int W, int H,
                             F put) {
    float A = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (fabsf(A) < 1e-9f) return;
    int x0 = max(0, (int)ceilf(min(ax, min(bx, cx)) - .5f)), x1 = min(W - 1, (int)floorf(max(ax, max(bx, cx)) - .5f));
    int y0 = max(0, (int)ceilf(min(ay, min(by, cy)) - .5f)), y1 = min(H - 1, (int)floorf(max(ay, max(by, cy)) - .5f));
    if (x0 > x1 || y0 > y1) return;
    float iA = 1 / A;
    float w0dx = -(cy - by) * iA, w0dy = (cx - bx) * iA, w1dx = -(ay - cy) * iA, w1dy = (ax - cx) * iA;
    float px = x0 + .5f, py = y0 + .5f;
    float w0r = ((cx - bx) * (py - by) - (cy - by) * (px - bx)) * iA, w1r = ((ax - cx) * (py - cy) - (ay - cy) * (px - cx)) * iA;
    for (int y = y0; y <= y1; y++, w0r += w0dy, w1r += w1dy) {
        float w0 = w0r, w1 = w1r;
        for (int x = x0; x <= x1; x++, w0 += w0dx, w1 += w1dx) {
            float w2 = 1 - w0 - w1;
            if (w0 >= -1e-5f && w1 >= -1e-5f && w2 >= -1e-5f) put(x, y, w0 * az + w1 * bz + w2 * cz, w0, w1);
        }
    }
}
