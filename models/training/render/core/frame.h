// What the passes of one picture share: vertices on the screen, strands as segments, sample buffers.
#pragma once
#include "light.h"

enum { STRAND_ID = 1 << 28 };  // ids of strand segments start here, ids of triangles at 0, -1 is background

struct Frame {
    const In* in;
    const float* p;
    Ctx c;
    int W, H;  // samples
    float px;  // centimetres a pixel at the pivot
    V3 cam;
    std::vector<float> sx, sy, sz;
    std::vector<Seg> segs;
    Buf seen, lens;
    bool has_lens = false;

    explicit Frame(const In* in_) : in(in_), p(in_->prm), W(in_->W * in_->SS), H(in_->H * in_->SS) {
        c.in = in;
        c.p = p;
        uint32_t seed = (uint32_t)p[P_SEED];
        c.seed = v3(hf(seed) * 50, hf(seed + 77) * 50, hf(seed + 154) * 50);
        c.key = norm(c.pv(P_KDX));
        c.fil = norm(c.pv(P_FDX));
        c.rim = norm(c.pv(P_RDX));
        c.keyc = c.pv(P_KR);
        c.filc = c.pv(P_FR);
        c.rimc = c.pv(P_RR);
        cam = v3(0, 0, p[P_D]);
        px = p[P_D] / p[P_F] / zoom();
        project_vertices();
        normals();
        segments();
    }
    float zoom() const { return sqrtf(fabsf(p[P_A00] * p[P_A11] - p[P_A01] * p[P_A10])); }
    void project(V3 q, float& x, float& y, float& z) const {
        float F = p[P_F] * in->SS;
        z = p[P_D] - q.z;
        float X = q.x / z, Y = -q.y / z;
        x = (p[P_A00] * X + p[P_A01] * Y) * F + p[P_TX] * in->SS;
        y = (p[P_A10] * X + p[P_A11] * Y) * F + p[P_TY] * in->SS;
    }
    void project_vertices() {
        int n = in->nV;
        sx.resize(n), sy.resize(n), sz.resize(n);
        for (int i = 0; i < n; i++) project(c.pos(i), sx[i], sy[i], sz[i]);
    }
    void normals() {
        c.nrm.assign(in->nV, v3(0, 0, 0));
        for (int i = 0; i < in->nT; i++) {
            const int* t = in->tri + 3 * i;
            V3 a = c.pos(t[0]), n = cross(c.pos(t[1]) - a, c.pos(t[2]) - a);
            for (int k = 0; k < 3; k++) c.nrm[t[k]] = c.nrm[t[k]] + n;
        }
        for (auto& n : c.nrm) n = norm(n);
    }
    void segments() {
        int nS = in->nS, nP = in->nP;
        float pxcm = p[P_F] * in->SS / p[P_D] * zoom();
        segs.reserve((size_t)nS * max(0, nP - 1));
        auto taper = [](float s) { return s < .6f ? 1.f : 1.f - .72f * (s - .6f) / .4f; };
        for (int s = 0; s < nS; s++) {
            const float* q = in->spts + (size_t)s * nP * 3;
            Seg g;
            project(G3(q, 0), g.x0, g.y0, g.z0);
            float w = in->swid[s] * pxcm;
            for (int k = 1; k < nP; k++) {
                project(G3(q, k), g.x1, g.y1, g.z1);
                g.s0 = (k - 1.f) / (nP - 1), g.s1 = (float)k / (nP - 1);
                g.w0 = w * taper(g.s0), g.w1 = w * taper(g.s1);
                g.t = norm(G3(q, k) - G3(q, max(0, k - 2)));
                g.t1 = norm(G3(q, min(nP - 1, k + 1)) - G3(q, k - 1));
                g.strand = (uint32_t)s;
                segs.push_back(g);
                g.x0 = g.x1, g.y0 = g.y1, g.z0 = g.z1;
            }
        }
    }
    // Material of a sample; strands count as one material each, background as -1.
    int kind(int id) const { return id < 0 ? -1 : id >= STRAND_ID ? 1000 + (int)segs[id - STRAND_ID].strand : in->mat[id]; }
};
