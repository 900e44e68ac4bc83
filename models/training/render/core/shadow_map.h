// Orthographic depth map from the key light around the head; mesh and hair.
#pragma once
#include "frame.h"
#include "raster.h"

static void draw_shadow_map(Frame& f) {
    const In* in = f.in;
    Ctx& c = f.c;
    const int R = c.smr = in->smres;
    if (!R) return;
    c.sm.assign((size_t)R * R, -1e9f);
    c.lz = c.key;
    c.lx = norm(cross(v3(0, 1, .01f), c.lz));
    c.ly = cross(c.lz, c.lx);
    const float extent = 44;
    V3 centre = c.pv(P_HCX) + v3(0, -3, 2);
    c.smk = R / extent;
    c.smox = dot(centre, c.lx) - extent / 2;
    c.smoy = dot(centre, c.ly) - extent / 2;
    auto put = [&](int x, int y, float z, float, float) {
        float& q = c.sm[(size_t)y * R + x];
        if (z > q) q = z;
    };
    auto u = [&](V3 q) { return (dot(q, c.lx) - c.smox) * c.smk; };
    auto v = [&](V3 q) { return (dot(q, c.ly) - c.smoy) * c.smk; };
    for (int i = 0; i < in->nT; i++) {
        int m = in->mat[i];
        if (m == SOCK || m == ESOCK || m == GUMS || m == TEETH || m == LENS || m == SCLERA) continue;
        const int* t = in->tri + 3 * i;
        V3 a = c.pos(t[0]), b = c.pos(t[1]), d = c.pos(t[2]);
        triraster(u(a), v(a), dot(a, c.lz), u(b), v(b), dot(b, c.lz), u(d), v(d), dot(d, c.lz), R, R, put);
    }
    for (int s = 0; s < in->nS; s++) {
        if (in->skind[s] != 0) continue;
        const float* q = in->spts + (size_t)s * in->nP * 3;
        for (int k = 1; k < in->nP; k++) {
            V3 a = G3(q, k - 1), b = G3(q, k);
            Seg g;
            g.x0 = u(a), g.y0 = v(a), g.z0 = dot(a, c.lz) - .25f;
            g.x1 = u(b), g.y1 = v(b), g.z1 = dot(b, c.lz) - .25f;
            g.w0 = g.w1 = in->swid[s] * c.smk;
            thick(g, R, R, put);
        }
    }
}
