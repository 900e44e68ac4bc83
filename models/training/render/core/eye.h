// Eyeballs: sclera with veins, iris with fibres, shadow of the lids, catch lights.
#pragma once
#include "light.h"
#include "noise.h"

static V3 eye(const Ctx& c, const float* a, V3 P, V3 n, V3 V, uint8_t& lab) {
    const float* p = c.p;
    lab = 3;
    float sx = a[0] > 0 ? 1.f : -1.f;
    V3 ec = v3(p[P_ECLX] * sx, p[P_ECLY], p[P_ECLZ]);
    V3 d = v3(a[0], a[1], a[2]) - ec;
    float rho = sqrtf(d.x * d.x + d.y * d.y), th = atan2f(d.y, d.x * sx);
    V3 A;
    float R = p[P_IRISR], pu = p[P_PUPIL] * R;
    V3 f1 = noise3(v3(th * 5.f, rho * 2.2f, c.seed.y)), f2 = noise3(v3(th * 13.f, rho * 4, c.seed.z));
    V3 scl = c.pv(P_SCLR);
    float corner = sstep(.75f, 1.5f, fabsf(d.x));
    scl = scl * v3(1, 1 - .16f * corner, 1 - .15f * corner);
    V3 vn = noise3(v3(d.x * 4, d.y * 14 + d.x * 3, 7 + c.seed.x));
    float vein = sstep(.55f, .8f, fabsf(vn.x)) * corner;
    scl = scl * v3(1, 1 - .12f * vein, 1 - .12f * vein);
    float t = clamp01((rho - pu) / (R - pu));
    V3 ir = mix(c.pv(P_IR2R), c.pv(P_IRR), sstep(.05f, .55f, t + .25f * f1.x));
    ir = ir * (1 + .38f * f2.x + .25f * f1.y);
    ir = ir * (1 - .75f * sstep(.70f, 1.02f, t));
    ir = mix(v3(.006f, .005f, .005f), ir, sstep(pu - .03f, pu + .035f, rho));
    float e = sstep(R + .06f, R - .05f, rho);
    A = mix(scl, ir, e);
    bool L = a[0] > 0;
    float top = L ? p[P_LTL] : p[P_LTR], bot = L ? p[P_LBL] : p[P_LBR], hy = a[10];
    float ao = (.30f + .70f * sstep(.0f, .62f, top - hy)) * (.62f + .38f * sstep(-.02f, .25f, hy - bot)) * (1 - .3f * corner);
    V3 dif = c.ambient(n) * ao * 1.1f;
    float sh = c.shadow(P, .55f);
    dif = dif + c.keyc * (max(0.f, (dot(n, c.key) + .3f) / 1.3f) * (.25f + .75f * sh) * ao) +
          c.filc * (max(0.f, dot(n, c.fil)) * ao) + c.rimc * (max(0.f, dot(n, c.rim)) * ao * .3f);
    V3 o = A * dif;
    float visible = sstep(.02f, .22f, top - hy) * sstep(0, .1f, hy - bot);
    V3 nn = norm(n + noise3(d * 3.f + c.seed) * .02f);
    V3 h = norm(c.key + V), h2 = norm(c.fil + V);
    o = o + c.keyc * ((powi(clamp01(dot(nn, h)), 260) * 2.2f) * visible * (.3f + .7f * sh)) +
        c.filc * (powi(clamp01(dot(nn, h2)), 200) * 1.3f * visible);
    V3 rf = nn * (2 * dot(nn, V)) - V;
    float fr = .03f + .5f * powi(1 - clamp01(dot(nn, V)), 5);
    o = o + c.ambient(rf) * (fr * visible * ao);
    return o;
}
