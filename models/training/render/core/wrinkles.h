// Lines of age as bumps and darker creases: forehead, frown, crow's feet, bags under the eyes, nose to mouth, neck.
#pragma once
#include "noise.h"

struct Crease {
    float dark = 0;         // 0…1, darkens the skin
    V3 tilt = v3(0, 0, 0);  // added to the normal
    // a line of width `sharp` across the distance d, pushing normals along `across`
    void line(float d, float width, float amount, V3 across) {
        float q = d / width, g = expf(-q * q);
        dark += amount * g;
        tilt = tilt + across * (-2 * q * g * amount);
    }
};

static Crease creases(V3 r, V3 n1, V3 n2, float neck, float amount) {
    Crease out;
    float ax = fabsf(r.x), side = r.x > 0 ? 1.f : -1.f;
    auto box = [](float x, float a, float b, float soft) { return sstep(a - soft, a + soft, x) * sstep(b + soft, b - soft, x); };
    if (r.z > 6 && r.y > 6.3f) {
        float m = box(ax, -1, 4.2f, 1.3f) * box(r.y, 7.0f, 10.2f, .6f), y = r.y + .35f * n1.x + .12f * n2.y - .06f * ax;
        out.line(y - (6.9f + 1.15f * roundf((y - 6.9f) / 1.15f)), .14f, .50f * amount * m * (.6f + .4f * n1.y), v3(0, 1, 0));
    }
    if (r.z > 8 && r.y > 4) out.line(ax - .62f - .05f * n2.x, .13f, .45f * amount * box(r.y, 4.9f, 6.6f, .5f), v3(side, 0, 0));
    if (ax > 4.1f && r.z > 3) {
        float dx = ax - 4.3f, dy = r.y - 3.5f, ang = atan2f(dy, dx) * 3.2f + .5f * n2.x, far = sqrtf(dx * dx + dy * dy);
        out.line((ang - roundf(ang)) * far * .35f, .09f, .42f * amount * box(far, .5f, 1.9f, .4f) * box(ang, -2.2f, 2.0f, .5f),
                 v3(0, 1, 0));
    }
    if (r.z > 6) {
        float bag = r.y - (2.15f + .16f * (ax - 2.8f) * (ax - 2.8f)) + .08f * n2.z;
        out.line(bag, .20f, .42f * amount * box(ax, 1.5f, 4.2f, .5f), v3(0, 1, 0));
        float fold = ax - (1.95f + (1.2f - r.y) * .34f) - .08f * n1.z;
        out.line(fold, .22f, (.25f + .55f * amount) * min(1.f, amount * 3) * box(r.y, -3.9f, .4f, .7f), v3(side, .25f, 0));
        float marionette = ax - (2.75f + (-5.2f - r.y) * .16f);
        out.line(marionette, .18f, .40f * amount * box(r.y, -7.2f, -5.3f, .4f), v3(side, 0, 0));
    }
    if (neck > 0) {
        float y = r.y + .25f * n1.x + .04f * ax * ax * .3f;
        out.line(y - (-12.f + 1.7f * roundf((y + 12.f) / 1.7f)), .16f, .20f * (.12f + amount) * sstep(0, .6f, neck), v3(0, 1, 0));
    }
    return out;
}
