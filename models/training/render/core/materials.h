// Everything that is neither skin, eye nor hair: mouth inside, clothes, glasses, ear-rings, hands, things, hats.
#pragma once
#include "light.h"
#include "noise.h"

struct Painted {
    uint8_t label = 0, held = 0;  // held: in front of the face, counts as an occluder
};

static V3 cloth_colour(const Ctx& c, V3 r) {
    int pattern = (int)c.p[P_CLPAT];
    bool second = (pattern == 1 && fmodf(r.y + 60, 1.6f) < .7f) || (pattern == 2 && fmodf(r.x + 60, 2.2f) < .35f) ||
                  (pattern == 4 && (fmodf(r.x + 60, 2.4f) < 1.2f) != (fmodf(r.y + 60, 2.4f) < 1.2f));
    return c.pv(second ? P_CL2R : P_CLR);
}

static void mouth(const Ctx& c, int m, V3 r, Surf& s) {
    float dz = c.p[P_MOUTHZ] - r.z, ao = clamp01(expf(-max(0.f, dz - .3f) * (m == TEETH ? .42f : .50f)));
    V3 n = noise3(r * 2.f);
    s.sss = .8f;
    if (m == TEETH) {
        float root = sstep(.2f, .9f, fabsf(r.y + 4.9f));
        s.alb = c.pv(P_TER) * (1 + .04f * n.x) * v3(1, 1 - .04f * root, 1 - .10f * root), s.gloss = .30f, s.glossN = 40,
        s.sss = .5f;
        ao = (.22f + .78f * ao) * .82f;
    } else if (m == GUMS) {
        s.alb = v3(.52f, .20f, .18f) * (1 + .12f * n.x), s.gloss = .20f, s.glossN = 30;
        ao *= .72f;
    } else {
        s.alb = v3(.30f, .08f, .07f), s.gloss = .08f, s.sss = 0;
        ao *= .45f;
    }
    s.ao = ao;
    s.spec = v3(ao, ao, ao);
    s.alb = s.alb * (.12f + .88f * ao);
}

// a[3] is 1 on nails, a[4] 0…1 on the creases of the joints
static void hand(const Ctx& c, const float* a, V3 r, Surf& s) {
    V3 slow = noise3(r * 1.2f), fast = noise3(r * 4.f), fine = noise3(r * 9.f);
    float nail = a[3], crease = a[4];
    s.alb = c.pv(P_OCR) * (1 + .08f * slow.x + .06f * fast.y + .04f * fine.z);
    s.alb = s.alb * v3(1, 1 - .05f * slow.y, 1 - .05f * slow.y) * v3(1 - .10f * crease, 1 - .20f * crease, 1 - .18f * crease);
    s.alb = mix(s.alb, s.alb * v3(1.12f, .98f, .98f), nail);
    s.n = norm(s.n + fast * .07f + fine * .05f + v3(0, crease * .35f * fine.x, 0));
    s.gloss = .10f + .35f * nail, s.glossN = nail > .5f ? 30 : 12, s.sss = .8f, s.ao = .85f - .25f * crease;
}

static V3 material(const Ctx& c, int m, const float* a, V3 P, V3 n, V3 V, Painted& out) {
    const float* p = c.p;
    V3 r = v3(a[0], a[1], a[2]);
    Surf s{v3(1, 0, 1), n, v3(1, 1, 1), .05f, 1, 0, 16};
    switch (m) {
        case ESOCK:
            out.label = 3;
            s.alb = c.pv(P_SKR) * v3(.75f, .42f, .38f), s.gloss = .25f, s.glossN = 30, s.ao = .55f, s.sss = .8f;
            break;
        case SOCK:
        case GUMS:
        case TEETH:
            out.label = 9;
            mouth(c, m, r, s);
            break;
        case CLOTH: {
            V3 fold = noise3(r * .22f), dent = noise3(r * .7f), weave = noise3(r * 4.f);
            s.alb = cloth_colour(c, r) * (1 + .10f * weave.x + .10f * dent.y);
            s.n = norm(n + fold * .30f + dent * .12f), s.gloss = .02f, s.glossN = 8;
            break;
        }
        case HAT: {
            V3 dent = noise3(r * .6f), weave = noise3(r * 5.f);
            float rib = p[P_HTKNIT] * cosf(atan2f(r.x, r.z) * 70.f);
            s.alb = c.pv(P_HTR) * (1 + .10f * weave.x + .08f * dent.x) * (.86f + .14f * rib) * (1 - .35f * a[3]);
            s.n = norm(n + dent * .12f + weave * .06f), s.gloss = .02f, s.glossN = 8, s.ao = .95f - .3f * a[3];
            break;
        }
        case GLASS:
            out.label = 10;
            s.alb = c.pv(P_GLR), s.gloss = .5f, s.glossN = 40;
            break;
        case EARRING:
            out.label = 11;
            s.alb = c.pv(P_ERR) * .7f, s.spec = c.pv(P_ERR), s.gloss = 1.6f, s.glossN = 30;
            break;
        case HAND:
            out.held = 1;
            hand(c, a, r, s);
            break;
        case OBJECT: {  // a[3]: 0 rough and dark, 1 painted, above 1 printed
            out.held = 1;
            V3 w = noise3(r * 6.f), print = noise3(r * 1.1f);
            s.alb = c.pv(P_OCR) * (a[3] > 0 ? 1.f : .35f) * (1 + .2f * w.x);
            if (a[3] > 1) s.alb = s.alb * (1 + .5f * sstep(.1f, .2f, print.x) - .5f * sstep(.25f, .35f, print.y));
            s.n = norm(n + w * (a[3] > 0 ? .02f : .25f)), s.gloss = .25f, s.glossN = 24;
            break;
        }
        case BUN: {
            out.label = 4;
            V3 slow = noise3(v3(r.x * 1.2f, r.y * 5.f, r.z * 1.2f)), fast = noise3(v3(r.x * 3.f, r.y * 12.f, r.z * 3));
            s.alb = mix(c.pv(P_HAR), c.pv(P_HA2R), .3f) * (.8f + .3f * slow.x + .25f * fast.y);
            s.n = norm(n + slow * .25f), s.gloss = .10f * p[P_HASPEC], s.glossN = 10;
            break;
        }
    }
    return light(c, s, P, V);
}
