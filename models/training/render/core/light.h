// Light: key with shadow map, fill, rim, sky and ground; skin-like terminator, two specular lobes.
#pragma once
#include "scene.h"
#include <vector>

struct Ctx {
    const In* in;
    const float* p;
    std::vector<V3> nrm;
    std::vector<float> sm;
    int smr;
    V3 lx, ly, lz;
    float smk, smox, smoy;
    V3 key, keyc, fil, filc, rim, rimc, seed;
    V3 pos(int i) const { return G3(in->pos, i); }
    V3 pv(int i) const { return v3(p[i], p[i + 1], p[i + 2]); }
    float shadow(V3 P, float bias) const {
        if (!smr || p[P_SHADOW] <= 0) return 1;
        float u = (dot(P, lx) - smox) * smk, v = (dot(P, ly) - smoy) * smk, d = dot(P, lz) + bias, s = 0;
        static const float o[8][2] = {{-1.6f, -.6f}, {1.6f, .6f},   {-.6f, 1.6f},  {.6f, -1.6f},
                                      {0, 0},        {2.4f, -2.2f}, {-2.4f, 2.2f}, {-2.f, -2.4f}};
        for (int i = 0; i < 8; i++) {
            int x = (int)(u + o[i][0]), y = (int)(v + o[i][1]);
            if (x < 0 || y < 0 || x >= smr || y >= smr) {
                s += 1;
                continue;
            }
            float e = sm[y * smr + x] - d;
            s += e <= 0 ? 1 : e < .25f ? 1 - e * 4 : 0;
        }
        s *= .125f;
        return 1 - (1 - s) * p[P_SHADOW];
    }
    V3 ambient(V3 n) const {
        float t = .5f + .5f * n.y;
        V3 a = mix(pv(P_DNR), pv(P_UPR), t);
        return a * (1 + p[P_AMBX] * n.x + .15f * n.z);
    }
};

// ---- surface description and lighting
struct Surf {
    V3 alb, n, spec;
    float gloss, ao, sss;
    int glossN;
};
static V3 light(const Ctx& c, const Surf& s, V3 P, V3 V) {
    float sh = c.shadow(P, .35f), ao = s.ao;
    V3 amb = c.ambient(s.n) * ao;
    V3 wr = v3(.34f, .16f, .10f) * s.sss, out = s.alb * amb;
    const V3 L[3] = {c.key, c.fil, c.rim}, C[3] = {c.keyc, c.filc, c.rimc};
    float nv = clamp01(dot(s.n, V)), fr = powi(1 - nv, 5);
    for (int i = 0; i < 3; i++) {
        float nl = dot(s.n, L[i]), v = i ? .45f + .55f * ao : sh;
        V3 d = v3(max(0.f, (nl + wr.x) / (1 + wr.x)), max(0.f, (nl + wr.y) / (1 + wr.y)), max(0.f, (nl + wr.z) / (1 + wr.z)));
        if (s.sss > 0 && !i) {
            V3 vv = v3(v + (1 - v) * .10f * s.sss, v, v);
            d = d * vv;
        } else d = d * v;
        out = out + s.alb * d * C[i];
        V3 h = norm(L[i] + V);
        float nh = clamp01(dot(s.n, h));
        int N = s.glossN;
        float sp = (powi(nh, N) * (N + 8) * .02f + .35f * powi(nh, N * 4) * (4 * N + 8) * .02f) * clamp01(nl * 4) * v;
        out = out + C[i] * s.spec * (s.gloss * sp * (1 + 4 * fr));
    }
    out = out + c.ambient(norm(s.n * (2 * dot(s.n, V)) - V)) * s.spec * (s.gloss * ao * (.25f + 2.2f * fr));
    return out;
}
