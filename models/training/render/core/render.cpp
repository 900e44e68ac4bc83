// Draws one picture: shadow map, visibility at SS x SS samples, shading once per material per pixel, labels by majority.
#include "eye.h"
#include "materials.h"
#include "shadow_map.h"
#include "skin.h"
#include "strand.h"
#include "tone.h"
#include "visibility.h"

extern "C" int sf_nparam() { return P_N; }

namespace {

const float NAN_FLOW = -9999;  // read as NaN by native.py (-ffast-math knows no NaN)

// Colour of the strand seen by sample k.
V3 shade_strand(const Frame& f, size_t k, std::vector<float>& shadow, Painted& out) {
    int g = f.seen.id[k] - STRAND_ID, nP = f.in->nP;
    const Seg& s = f.segs[g];
    float t = f.seen.t[k];
    const float* q = f.in->spts + ((size_t)s.strand * nP + (int)(s.s0 * (nP - 1) + .5f)) * 3;
    V3 P = mix(G3(q, 0), G3(q, 1), t), T = norm(mix(s.t, s.t1, t));
    return strandshade(f.c, s.strand, f.in->skind[s.strand], P, T, s.s0 + (s.s1 - s.s0) * t, f.seen.u[k], norm(f.cam - P),
                       out.label, shadow[g]);
}

// Colour of the triangle seen by sample k; attributes perspective-correct.
V3 shade_triangle(const Frame& f, size_t k, Painted& out) {
    const Ctx& c = f.c;
    int id = f.seen.id[k], m = f.in->mat[id];
    const int* t = f.in->tri + 3 * id;
    float w0 = f.seen.u[k], w1 = f.seen.t[k], w2 = 1 - w0 - w1;
    float i0 = w0 / f.sz[t[0]], i1 = w1 / f.sz[t[1]], i2 = w2 / f.sz[t[2]], is = 1 / (i0 + i1 + i2);
    w0 = i0 * is, w1 = i1 * is, w2 = i2 * is;
    V3 P = c.pos(t[0]) * w0 + c.pos(t[1]) * w1 + c.pos(t[2]) * w2;
    V3 n = norm(c.nrm[t[0]] * w0 + c.nrm[t[1]] * w1 + c.nrm[t[2]] * w2), V = norm(f.cam - P);
    if (dot(n, V) < -.05f && m >= CLOTH) n = n * -1.f;
    float a[NA];
    const float* att = f.in->att;
    for (int j = 0; j < NA; j++) a[j] = att[t[0] * NA + j] * w0 + att[t[1] * NA + j] * w1 + att[t[2] * NA + j] * w2;
    if (m == FACE || m == HEAD) return skin(c, a, P, n, V, m, out.label, f.px);
    if (m == SCLERA) return eye(c, a, P, n, V, out.label);
    return material(c, m, a, P, n, V, out);
}

// What a lens in front of the sample does to its colour.
V3 through_lens(const Frame& f, int triangle, V3 colour, Painted& out) {
    const Ctx& c = f.c;
    const float* p = f.p;
    int vertex = f.in->tri[3 * triangle];
    V3 n = norm(c.nrm[vertex]), V = norm(f.cam - c.pos(vertex));
    if (dot(n, V) < 0) n = n * -1.f;
    V3 R = n * (2 * dot(n, V)) - V;
    float fresnel = .03f + .35f * powi(1 - clamp01(dot(n, V)), 4);
    float glint = powi(clamp01(dot(n, norm(c.key + V))), 300) * .8f;
    if (p[P_LENSLABEL] > 0) out.label = 10;
    return mix(colour, c.pv(P_LENSR) * c.ambient(n), p[P_LENSA]) + (c.ambient(R) * fresnel + c.keyc * glint) * p[P_EXPO];
}

// Whether two samples of a pixel may share one shading.
bool alike(const Frame& f, size_t k, size_t other, int kind) {
    int id = f.seen.id[k], id2 = f.seen.id[other];
    if (f.kind(id2) != kind) return false;
    if (kind < 0 || kind >= 1000) return true;
    if (kind == SCLERA || fabsf(f.seen.z[other] - f.seen.z[k]) > .35f) return false;
    return dot(f.c.nrm[f.in->tri[3 * id]], f.c.nrm[f.in->tri[3 * id2]]) >= .93f;
}

// Pixel in the next frame of the surface seen by sample k, less the sample's own.
void flow_of(const Frame& f, size_t k, float* out) {
    const In* in = f.in;
    const float* n = in->next;
    int id = f.seen.id[k];
    if (id < 0) {
        out[0] = out[1] = NAN_FLOW;
        return;
    }
    float x = 0, y = 0;
    if (id >= STRAND_ID) {
        const Seg& s = f.segs[id - STRAND_ID];
        const float* q = n + 2 * (in->nV + (size_t)s.strand * in->nP + (int)(s.s0 * (in->nP - 1) + .5f));
        float t = f.seen.t[k];
        x = q[0] + (q[2] - q[0]) * t - (s.x0 + (s.x1 - s.x0) * t) / in->SS;
        y = q[1] + (q[3] - q[1]) * t - (s.y0 + (s.y1 - s.y0) * t) / in->SS;
    } else {
        const int* t = in->tri + 3 * id;
        const float w[3] = {f.seen.u[k], f.seen.t[k], 1 - f.seen.u[k] - f.seen.t[k]};
        for (int i = 0; i < 3; i++) {
            x += w[i] * (n[2 * t[i]] - f.sx[t[i]] / in->SS);
            y += w[i] * (n[2 * t[i] + 1] - f.sy[t[i]] / in->SS);
        }
    }
    out[0] = x, out[1] = y;
}

void resolve(const Frame& f) {
    const In* in = f.in;
    const int SS = in->SS, n2 = SS * SS;
    std::vector<float> shadow(f.segs.size(), -1.f);
    for (int y = 0; y < in->H; y++)
        for (int x = 0; x < in->W; x++) {
            size_t o = (size_t)y * in->W + x;
            const uint8_t* g = in->bg + o * 3;
            const V3 behind = v3(LIN[g[0]], LIN[g[1]], LIN[g[2]]);
            V3 sum = v3(0, 0, 0);
            float votes[12] = {0}, held = 0, covered = 0, nearest = 1e9f;
            bool done[16] = {false};
            if (in->flow) in->flow[2 * o] = in->flow[2 * o + 1] = NAN_FLOW;
            auto at = [&](int i) { return (size_t)(y * SS + i / SS) * f.W + x * SS + i % SS; };
            for (int i = 0; i < n2; i++) {
                if (done[i]) continue;
                size_t k = at(i);
                int id = f.seen.id[k], kind = f.kind(id), count = 1;
                for (int j = i + 1; j < n2; j++)
                    if (!done[j] && alike(f, k, at(j), kind)) done[j] = true, count++;
                Painted out;
                V3 colour = id < 0            ? behind
                            : id >= STRAND_ID ? shade_strand(f, k, shadow, out) * f.p[P_EXPO]
                                              : shade_triangle(f, k, out) * f.p[P_EXPO];
                if (f.has_lens && f.lens.id[k] >= 0 && f.lens.z[k] < f.seen.z[k])
                    colour = through_lens(f, f.lens.id[k], colour, out);
                sum = sum + colour * (float)count;
                votes[out.label] += count;
                held += out.held * count;
                covered += id >= 0 || out.label == 10 ? count : 0;
                if (in->flow && f.seen.z[k] < nearest) flow_of(f, k, in->flow + 2 * o);
                nearest = min(nearest, f.seen.z[k]);
            }
            int label = 0;
            for (int l = 1; l < 12; l++)
                if (votes[l] > votes[label]) label = l;
            in->label[o] = (uint8_t)label;
            in->occ[o] = (uint8_t)(held * 255 / n2);
            in->alpha[o] = (uint8_t)(covered * 255 / n2);
            in->depth[o] = nearest;
            sum = sum * (1.f / n2);
            in->rgb[o * 3] = tone(sum.x), in->rgb[o * 3 + 1] = tone(sum.y), in->rgb[o * 3 + 2] = tone(sum.z);
        }
}

}  // namespace

extern "C" void sf_render(const In* in) {
    init_noise();
    init_tone();
    Frame f(in);
    draw_shadow_map(f);
    draw_visible(f);
    resolve(f);
}
