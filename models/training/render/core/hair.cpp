// Hair growth on the neutral head: comb field per style, gravity, clumps, curls, collision with a radial map of the head.
#include "noise.h"
#include "scene.h"
#include <cstring>

// roots (nS,3), normals (nS,3) on the neutral head; style vector; radial head map for collisions
struct Hair {
    float len, lenvar, lift, grav, curl, curlf, clump, vol, partx, style, side, fringe, fringelen, backlen, topdir, stiff;
};
extern "C" void sf_hair(int nS, int nP, const float* root, const float* nrm, const float* rnd /*nS,4*/, const float* rmap, int mw,
                        int mh, const float* ctr, const float* hp, float* out) {
    init_noise();
    Hair h;
    memcpy(&h, hp, sizeof(Hair));
    V3 C = v3(ctr[0], ctr[1], ctr[2]);
    auto radius = [&](V3 d) {
        float u = (atan2f(d.x, d.z) / 6.2831853f + .5f) * mw, v = (asinf(max(-1.f, min(1.f, d.y))) / 3.14159265f + .5f) * (mh - 1);
        int x = (int)u, y = (int)v;
        float a = u - x, b = v - y;
        x %= mw;
        int x1 = (x + 1) % mw;
        y = min(y, mh - 2);
        return (rmap[y * mw + x] * (1 - a) + rmap[y * mw + x1] * a) * (1 - b) +
               (rmap[(y + 1) * mw + x] * (1 - a) + rmap[(y + 1) * mw + x1] * a) * b;
    };
    int st =
        (int)h.style;  // 0 crop, 1 parted/long, 2 swept back, 3 afro/curly, 4 pulled to a knot, 5 side-swept short, 6 fringe + long
    for (int s = 0; s < nS; s++) {
        V3 p = G3(root, s), n = G3(nrm, s);
        float r0 = rnd[4 * s], r1 = rnd[4 * s + 1], r2 = rnd[4 * s + 2], r3 = rnd[4 * s + 3];
        float L = h.len * (1 + h.lenvar * (r0 - .5f) * 2);
        bool front = p.z > 4.2f && p.y > 8.0f;
        bool low = p.y < 4;
        V3 comb;
        float sd = p.x > h.partx ? 1.f : -1.f;
        float top = clamp01((p.y - 8) / 5);
        switch (st) {
            case 0:
                comb = v3(p.x * .04f + h.side * .3f * top, -.9f * (1 - top), top * h.topdir + .15f);
                L *= top > .4f ? 1.f : h.backlen;
                break;
            case 1:
                comb = v3(sd * (.95f * top + .15f), -.55f - .5f * (1 - top),
                          -.30f * top * (p.z > 0 ? 1.f : .3f) - .25f * (1 - top) * (p.z > 3 ? 1 : 0));
                break;
            case 2:
                comb = v3(p.x * .05f, .12f * top - .5f * (1 - top), -1.f);
                L *= low ? h.backlen : 1.f;
                break;
            case 3:
                comb = n;
                break;
            case 4: {
                V3 B = v3(0, 6.5f + h.topdir * 7, -9.5f + h.topdir * 6);
                comb = norm(B - p);
                float dist = sqrtf(dot(B - p, B - p));
                L = min(dist * 1.12f, h.len);
                break;
            }
            case 5:
                comb = v3(h.side * (.9f * top + .05f) + p.x * .03f * (1 - top), -.8f * (1 - top) + .15f * top,
                          (front ? .15f : -.35f) * top);
                L *= top > .35f ? 1.f : h.backlen;
                break;
            default:
                if (front && fabsf(p.x - h.partx) < h.fringe) {
                    comb = v3(p.x * .07f + h.side * .35f, -.75f, .55f);
                    L = h.fringelen * (1 + .25f * (r0 - .5f));
                } else comb = v3(sd * (.9f * top + .2f), -.65f, -.2f * top);
        }
        comb = norm(comb);
        V3 d = norm(n * (h.lift + .25f * r1 * h.lift) + comb);
        float step = L / (nP - 1);
        float off = .06f + h.vol * (.15f + .85f * r2);
        if (st == 4) off = .05f + h.vol * r2 * .5f;
        V3 cl = v3(r3 * 40, r1 * 40, 3);
        float cf = h.curlf;
        V3 guide = noise3(p * .35f + v3(11, 5, 2)) * h.clump;
        float ph = r3 * 6.2831f;
        V3 q = p;
        out[(size_t)s * nP * 3] = q.x;
        out[(size_t)s * nP * 3 + 1] = q.y;
        out[(size_t)s * nP * 3 + 2] = q.z;
        for (int k = 1; k < nP; k++) {
            float t = (float)k / (nP - 1);
            V3 cc = comb;
            if (st == 4) {
                V3 B = v3(0, 6.5f + h.topdir * 7, -9.5f + h.topdir * 6);
                cc = norm(B - q);
            } else if (st == 3) cc = norm(q - C);
            float cmL = t * L, grow = h.len > 10 ? sstep(0.f, 6.f, cmL) : sstep(0, .5f, t);
            V3 g = v3(0, -1, 0) * (h.grav * (st == 3 ? .3f : 1.f) * grow);
            float cw = (st == 4) ? 1.2f : h.len > 10 ? .60f * (1 - sstep(1.f, 6.5f, cmL)) : .55f * (1 - grow * .8f);
            V3 nz = noise3(q * .45f + cl * .05f) * .25f * h.clump + guide * .35f;
            d = norm(d * (h.len > 10 && st != 4 ? h.stiff * (1 - .45f * grow) : h.stiff) + cc * cw + g + nz);
            V3 dd = d;
            if (h.curl > 0) {
                V3 ux = norm(cross(d, v3(.3f, .2f, 1))), uy = cross(d, ux);
                float a = cf * t * L + ph;
                dd = norm(d + (ux * cosf(a) + uy * sinf(a)) * (h.curl * min(1.f, t * 3)));
            }
            q = q + dd * step;
            V3 e = q - C;
            float R = sqrtf(dot(e, e));
            V3 en = e * (1 / R);
            if (q.y > -9.5f) {
                float rr = radius(en) + off * min(1.f, t * 4);
                if (R < rr) {
                    q = C + en * rr;
                    float dn = dot(d, en);
                    if (dn < 0) d = norm(d - en * dn);
                }
            } else {
                float a = q.x / (7.2f + off), b = (q.z + 1.5f) / (7.2f + off), m = a * a + b * b;
                if (m < 1 && q.y > -17) {
                    float k2 = 1 / sqrtf(max(m, .05f));
                    q.x *= k2;
                    q.z = (q.z + 1.5f) * k2 - 1.5f;
                }  // neck
                float sy = -15.2f - .022f * q.x * q.x;
                float fz = (q.z + 1.5f) / 8.5f;
                sy -= 3.2f * fz * fz;
                if (fabsf(q.z + 1.5f) < 9 && q.y < sy + off * .5f) {
                    q.y = sy + off * .5f;
                    d = norm(v3(d.x + (q.x > 0 ? .2f : -.2f), -.25f, d.z + (q.z > -1 ? .8f : -.8f)));
                }
            }
            if ((st == 1 || st == 6) && !(st == 6 && L < 10) && q.z > 2.5f) {
                float keep = (h.curl > .8f ? 4.6f : 5.6f) + 2.2f * r2 + .05f * max(0.f, 3 - q.y), wy = sstep(10.8f, 8.2f, q.y);
                float xt = keep * wy;
                if (fabsf(q.x) < xt) {
                    float s2 = fabsf(p.x - h.partx) < .8f ? sd : (q.x - h.partx * .5f > 0 ? 1.f : -1.f);
                    q.x += (s2 * xt - q.x) * .75f;
                    q.z -= .12f * step;
                    d = norm(v3(d.x + s2 * .15f, d.y, d.z - .1f));
                }
            }
            float* o = out + ((size_t)s * nP + k) * 3;
            o[0] = q.x;
            o[1] = q.y;
            o[2] = q.z;
        }
    }
}
