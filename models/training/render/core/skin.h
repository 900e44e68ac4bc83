// Skin and what is on it: redness, freckles, beard, brows, lips, scalp, wrinkles; clothes below the neck line.
#pragma once
#include "light.h"
#include "materials.h"
#include "noise.h"
#include "wrinkles.h"

static float browmask(const Ctx& c, V3 r, float& u, float& v) {
    const float* p = c.p;
    float ax = fabsf(r.x);
    float x0 = 1.02f, x1 = 5.45f + p[P_BRLEN];
    u = (ax - x0) / (x1 - x0);
    if (u < -.12f || u > 1.1f || r.z < 5 || r.y > 8 || r.y < 4) return 0;
    float cy = 5.83f + p[P_BRY] + (.42f + p[P_BRARCH]) * sinf(clamp01(u) * 2.25f) - .62f * u * u;
    float th = p[P_BRTH] * (.55f + .55f * sinf(clamp01(u * 1.1f + .18f) * 2.6f)) * (1 - .72f * sstep(.55f, 1.06f, u));
    v = (r.y - cy) / th;
    return sstep(1.5f, .25f, fabsf(v)) * sstep(-.10f, .16f, u) * sstep(1.08f, .80f, u);
}

static V3 skin(const Ctx& c, const float* a, V3 P, V3 n, V3 V, int mat, uint8_t& lab, float px) {
    const float* p = c.p;
    V3 r = v3(a[0], a[1], a[2]);
    float lip = a[3], nose = a[4], hair = a[5] - p[P_HAIROFF], ear = a[6], neck = a[7], ed = a[8], ao = a[9];
    V3 q = r + c.seed;
    float axx = fabsf(r.x);
    V3 n1 = noise3(q * .45f), n2 = noise3(q * 1.7f), n3 = px < .12f ? noise3(q * 7.f) : v3(0, 0, 0), n4 = noise3(q * 3.6f);
    // clothing below the neck line (same mesh, other material)
    float fz = sstep(-3, 5, r.z), nl = p[P_NECKY] - (p[P_NECKV] * fz * max(0.f, 1 - axx / 6.f)) + .05f * n4.x;
    if (mat == HEAD && r.y < nl + .0f) {
        lab = 0;
        V3 col = cloth_colour(c, r);
        int pat = (int)p[P_CLPAT];
        float e = nl - r.y;
        if (e < .9f && pat != 3) col = col * .82f;
        if (e < .12f) col = col * .6f;
        Surf s;
        s.alb = col * (1 + .10f * n4.x + .08f * n1.y);
        s.n = norm(n + noise3(r * .5f) * .10f + n4 * .04f);
        s.spec = v3(1, 1, 1);
        s.gloss = .02f;
        s.glossN = 8;
        s.ao = .4f + .6f * ao;
        s.sss = 0;
        return light(c, s, P, V);
    }
    V3 A = c.pv(P_SKR);
    // redness and zones
    auto ell = [&](float x, float y, float sx, float sy) {
        float dx = (axx - x) / sx, dy = (r.y - y) / sy;
        return gauss(dx * dx + dy * dy, 1);
    };
    float front = sstep(2, 7, r.z);
    float red =
        p[P_BLUSH] * front * (.9f * ell(4.3f, -.2f, 1.9f, 1.5f) + .8f * ell(0, .2f, 1.2f, 1.1f) + .35f * ell(0, -7, 1.6f, 1.1f)) +
        .5f * p[P_BLUSH] * sstep(-.2f, .8f, ear) + .30f * sstep(-.1f, .25f, nose) * sstep(.2f, -1.2f, r.y) * front;
    red += p[P_MOTTLE] * (n1.x * .35f + n2.x * .22f);
    A = A * v3(1 + .08f * red, 1 - .17f * red, 1 - .15f * red);
    float yel = front * ell(0, 9, 4, 2.2f) * .5f;
    A = A * v3(1, 1 + .02f * yel, 1 - .05f * yel);
    A = A * (1 + p[P_MOTTLE] * (.07f * n1.y + .05f * n2.y + .045f * n4.y) + p[P_PORE] * .07f * n3.x);
    // eye surroundings
    float dk = p[P_UNDEREYE] * front * (ell(2.7f, 2.1f, 1.5f, .55f) + .7f * ell(1.6f, 3.0f, .8f, .9f));
    A = A * v3(1 - .18f * dk, 1 - .25f * dk, 1 - .20f * dk);
    float lidm = front * sstep(1.3f, .2f, ed) * (r.y > 3.2f ? 1.f : .35f);
    A = A * v3(1 - .06f * lidm, 1 - .13f * lidm, 1 - .11f * lidm);
    if (p[P_ESMIX] > 0 && r.y > 3.15f) A = mix(A, c.pv(P_ESR), p[P_ESMIX] * sstep(1.5f, .1f, ed) * front);
    float rim = sstep(.16f, .02f, ed) * front;
    A = A * v3(1 - .18f * rim, 1 - .34f * rim, 1 - .30f * rim);
    if (p[P_LINER] > 0) A = A * (1 - p[P_LINER] * sstep(.24f, .08f, ed) * (r.y > 3.25f ? 1.f : .45f) * front);
    // freckles and moles
    if (p[P_FRECK] > 0) {
        V3 f = noise3(q * 2.9f), f2 = noise3(q * 5.3f);
        float z = front * (ell(2.4f, .8f, 3.2f, 1.8f) + .25f);
        float m = p[P_FRECK] * z * (sstep(.34f, .62f, f.x * .7f + .4f * f2.y) + .6f * sstep(.42f, .7f, f2.x));
        A = A * v3(1 - .28f * m, 1 - .42f * m, 1 - .48f * m);
    }
    for (int i = 0; i < 4; i++) {
        uint32_t h = (uint32_t)(p[P_SEED] * 7) + i * 911;
        if (hf(h) < .45f) continue;
        float dx = r.x - (hf(h + 1) * 11 - 5.5f), dy = r.y - (hf(h + 2) * 16 - 8), rr = .07f + .10f * hf(h + 3);
        float m = front * sstep(rr * rr * 1.8f, rr * rr * .5f, dx * dx + dy * dy) * .7f;
        A = A * v3(1 - .6f * m, 1 - .72f * m, 1 - .75f * m);
    }
    // stubble / beard
    float gl = p[P_OIL] *
               (.55f + .65f * front * (ell(0, 1.2f, 1.3f, 2.6f) + .6f * ell(0, 8, 3.5f, 1.6f) + .35f * ell(3.6f, 1, 1.4f, 1.0f)));
    float bm = 0;
    if (p[P_STUB] > 0 || p[P_BEARD] > 0) {
        float jaw = sstep(-1.2f, -4.8f, r.y - .62f * max(0.f, axx - 2.6f) + .35f * n2.x) * sstep(-11.f, -8.2f, r.y) *
                    sstep(1.5f, 4.5f, r.z);
        float side = sstep(4.9f, 7.2f, axx + .4f * n2.z) * sstep(4.2f, -.5f, r.y) * sstep(-9.f, -6, r.y) * sstep(1.4f, 3.6f, r.z);
        float mus = sstep(3.1f, 1.8f, axx + .15f * n2.y) * sstep(-1.15f - .24f * axx, -2.05f - .24f * axx, r.y + .12f * n4.z) *
                    sstep(-4.6f, -3.6f, r.y);
        bm = clamp01(max(jaw + .7f * side, mus)) * sstep(.10f, -.22f, lip + .10f * n3.z + .06f * n4.x) *
             (1 - .75f * gauss((axx * axx) / .5f + (r.y + 5.0f) * (r.y + 5.0f) / .06f, 1));
        bm *= front > 0 ? 1 : 0;
        V3 hb = c.pv(P_HAR);
        float g = .5f + .5f * (px < .16f ? n3.y : n4.z);
        float st = p[P_STUB] * bm;
        A = A * (1 - st * (.22f + .18f * g));
        A.x *= 1 - .06f * st;
        if (p[P_BEARD] > 0) {
            V3 hairs = noise3(v3(r.x * 6.f, r.y * 2.2f, r.z * 3.f) + c.seed);
            float k = p[P_BEARD] *
                      clamp01(sstep(.14f, .85f, bm + .26f * n4.x + .34f * hairs.x * (1 - .5f * bm)) * (.90f + .16f * hairs.y));
            g = .5f + .35f * hairs.z + .15f * n3.x;
            A = mix(A, hb * (.75f + .5f * g), clamp01(k));
            gl *= 1 - k;
        }
    }
    lab = neck > 0 ? 8 : 6;
    if (nose > .0f) lab = 5;
    if (ear > 0.05f) lab = 7;
    // eyebrows
    float bu = 0, bv = 0, bmk = browmask(c, r, bu, bv);
    if (bmk > 0) {
        float ang = 1.15f - 1.45f * bu;
        float la = axx * cosf(ang) + r.y * sinf(ang);
        float ac = -axx * sinf(ang) + r.y * cosf(ang);
        V3 hn = noise3(v3(la * 1.6f, ac * 5.5f, 3 + c.seed.y));
        V3 hn2 = noise3(v3(la * 3.f, ac * 12.f, 9 + c.seed.z));
        float ragged = sstep(.02f, .62f, bmk + .30f * hn.x + (px < .1f ? .26f * hn2.y : 0.f));
        float d = clamp01(ragged * p[P_BRDENS] * (.90f + .30f * hn.z + (px < .1f ? .35f * hn2.x : 0.f)));
        A = mix(A, c.pv(P_BRR) * (1 + .2f * hn.z), d * .93f);
        gl *= 1 - .8f * d;
        if (bmk * min(1.f, p[P_BRDENS] * 1.3f) > .42f) lab = 2;
    }
    // lips
    float lm = sstep(-.10f, .13f, lip + .035f * n4.z);
    if (lm > 0 && r.z > 8) {
        V3 ln = noise3(v3(r.x * 5.5f, r.y * .9f, 1 + c.seed.x));
        V3 lc = c.pv(P_LIPR) * (1 + .10f * ln.x + .08f * n4.x);
        float edge = 1 - .14f * sstep(.35f, .02f, lip);
        A = mix(A, lc * edge, lm * p[P_LIPMIX]);
        gl = gl * (1 - lm) + lm * p[P_LIPGLOSS];
        n = norm(n + v3(ln.x * .10f, 0, 0) * lm);
    }
    if (lip > 0.02f && r.z > 8) lab = 1;
    float seam = (r.z > 8 && lip > .05f) ? sstep(9.9f, 10.6f, r.z) : 1;
    A = A * (.55f + .45f * seam);
    // painted scalp under the hair strands
    if (p[P_SCALP] > 0 && hair > -.9f && ear < .1f) {
        float hm = sstep(-.35f, .55f, hair + .45f * n2.z + .25f * n4.y) * p[P_SCALP];
        float g = .55f + .45f * (px < .12f ? n3.z : n4.y);
        A = mix(A, c.pv(P_HAR) * (.5f + .35f * g), clamp01(hm * (.82f + .25f * g)));
        gl *= 1 - .7f * hm;
        if (hm > .45f) { lab = 4; }
    }
    if (p[P_WRINK] > 0 && front > 0 && hair < .6f) {
        Crease k = creases(r, n1, n2, neck, p[P_WRINK]);
        float m = lab == 2 || lab == 1 ? .3f : 1 - .85f * clamp01(bm * 2 * max(p[P_STUB], p[P_BEARD]));
        A = A * v3(1 - .20f * m * k.dark, 1 - .28f * m * k.dark, 1 - .28f * m * k.dark);
        n = norm(n + k.tilt * (.42f * m));
        gl *= 1 - .3f * clamp01(k.dark);
    }
    Surf s;
    s.alb = A;
    s.n = norm(n + (n4 * .035f + n3 * (.05f * p[P_PORE]) + n2 * .03f) * p[P_BUMP]);
    s.spec = v3(1, .97f, .94f);
    s.gloss = gl * (.30f + .7f * ao) * clamp01(1 + p[P_PORE] * (.55f * n3.y + .3f * n4.z));
    s.glossN = 14;
    s.ao = .30f + .70f * ao;
    s.sss = .8f;
    return light(c, s, P, V);
}
