// Which triangle or strand segment every sample sees; lenses in a layer of their own.
#pragma once
#include "frame.h"
#include "raster.h"
#include <utility>

static void draw_visible(Frame& f) {
    const In* in = f.in;
    const int W = f.W, H = f.H, nP = in->nP;
    const size_t n = (size_t)W * H;
    Buf &b = f.seen, &lens = f.lens;
    b.z.assign(n, 1e9f), b.id.assign(n, -1), b.u.assign(n, 0), b.t.assign(n, 0);
    for (int i = 0; i < in->nT && !f.has_lens; i++) f.has_lens = in->mat[i] == LENS;
    if (f.has_lens) lens.z.assign(n, 1e9f), lens.id.assign(n, -1);
    const auto &sx = f.sx, &sy = f.sy, &sz = f.sz;
    for (int i = 0; i < in->nT; i++) {
        const int *t = in->tri + 3 * i, p = t[0], q = t[1], r = t[2];
        int m = in->mat[i];
        if (sz[p] < 2 || sz[q] < 2 || sz[r] < 2) continue;
        float area = (sx[q] - sx[p]) * (sy[r] - sy[p]) - (sy[q] - sy[p]) * (sx[r] - sx[p]);
        if (area > 0 && m <= SCLERA && m != SOCK) continue;
        auto raster = [&](auto put) { triraster(sx[p], sy[p], sz[p], sx[q], sy[q], sz[q], sx[r], sy[r], sz[r], W, H, put); };
        if (m == LENS)
            raster([&](int x, int y, float z, float, float) {
                size_t k = (size_t)y * W + x;
                if (z < lens.z[k]) lens.z[k] = z, lens.id[k] = i;
            });
        else
            raster([&](int x, int y, float z, float w0, float w1) {
                size_t k = (size_t)y * W + x;
                if (z < b.z[k]) b.z[k] = z, b.id[k] = i, b.u[k] = w0, b.t[k] = w1;
            });
    }
    // near strands first: most of the overdraw then fails the depth test
    std::vector<std::pair<float, int>> order(in->nS);
    for (int s = 0; s < in->nS; s++) order[s] = {-in->spts[((size_t)s * nP + nP / 2) * 3 + 2], s};
    std::sort(order.begin(), order.end());
    for (auto& o : order)
        for (int k = 0; k < nP - 1; k++) {
            size_t g = (size_t)o.second * (nP - 1) + k;
            float bias = in->skind[o.second] == 1 ? .12f : .05f;
            thick(f.segs[g], W, H, [&](int x, int y, float z, float t, float u) {
                size_t at = (size_t)y * W + x;
                if (z - bias < b.z[at]) b.z[at] = z - bias, b.id[at] = STRAND_ID + (int)g, b.u[at] = u, b.t[at] = t;
            });
        }
}
