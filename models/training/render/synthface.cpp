// Synthetic face renderer: z-buffer + strand rasteriser with deferred, per-pixel procedural shading.
// Own work for this project. Plain C interface, used from synthface.py through ctypes.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <algorithm>
using std::max; using std::min;

struct V3 { float x, y, z; };
static inline V3 v3(float a, float b, float c) { return {a, b, c}; }
static inline V3 operator+(V3 a, V3 b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
static inline V3 operator-(V3 a, V3 b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
static inline V3 operator*(V3 a, float s) { return {a.x * s, a.y * s, a.z * s}; }
static inline V3 operator*(V3 a, V3 b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
static inline float dot(V3 a, V3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static inline V3 cross(V3 a, V3 b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }
static inline V3 norm(V3 a) { float l = dot(a, a); return l > 1e-20f ? a * (1.f / sqrtf(l)) : v3(0, 0, 1); }
static inline V3 mix(V3 a, V3 b, float t) { return a + (b - a) * t; }
static inline float clamp01(float x) { return x < 0 ? 0 : x > 1 ? 1 : x; }
static inline float sstep(float a, float b, float x) { x = clamp01((x - a) / (b - a)); return x * x * (3 - 2 * x); }
static inline float powi(float x, int n) { float r = 1; while (n) { if (n & 1) r *= x; x *= x; n >>= 1; } return r; }
static inline uint32_t hash32(uint32_t x) { x ^= x >> 16; x *= 0x7feb352dU; x ^= x >> 15; x *= 0x846ca68bU; x ^= x >> 16; return x; }
static inline float hf(uint32_t x) { return (hash32(x) >> 8) * (1.f / 16777216.f); }
static inline float gauss(float d2, float s) { float q = d2 / (s * s); return q > 9 ? 0 : 1.f / (1.f + q + .5f * q * q); }

// ---- vector value noise, range about [-1,1], three decorrelated channels
static V3 NT[4096];
static bool ninit = false;
static void init_noise() { if (ninit) return; for (int i = 0; i < 4096; i++) NT[i] = v3(hf(i * 3 + 1) * 2 - 1, hf(i * 3 + 2) * 2 - 1, hf(i * 3 + 3) * 2 - 1); ninit = true; }
static inline const V3& lat(int x, int y, int z) { return NT[(uint32_t)(x * 73856093 ^ y * 19349663 ^ z * 83492791) >> 7 & 4095]; }
static V3 noise3(V3 p) {
    float fx = floorf(p.x), fy = floorf(p.y), fz = floorf(p.z); int X = (int)fx, Y = (int)fy, Z = (int)fz;
    float a = p.x - fx, b = p.y - fy, c = p.z - fz; a = a * a * (3 - 2 * a); b = b * b * (3 - 2 * b); c = c * c * (3 - 2 * c);
    V3 q0 = mix(mix(lat(X, Y, Z), lat(X + 1, Y, Z), a), mix(lat(X, Y + 1, Z), lat(X + 1, Y + 1, Z), a), b);
    V3 q1 = mix(mix(lat(X, Y, Z + 1), lat(X + 1, Y, Z + 1), a), mix(lat(X, Y + 1, Z + 1), lat(X + 1, Y + 1, Z + 1), a), b);
    return mix(q0, q1, c);
}
extern "C" void sf_noise(const float* p, int n, float* out) { init_noise(); for (int i = 0; i < n; i++) { V3 r = noise3(v3(p[3*i], p[3*i+1], p[3*i+2])); out[3*i] = r.x; out[3*i+1] = r.y; out[3*i+2] = r.z; } }

enum P { // parameter slots; names are read by synthface.py
    P_F, P_D, P_A00, P_A01, P_A10, P_A11, P_TX, P_TY,
    P_KDX, P_KDY, P_KDZ, P_KR, P_KG, P_KB, P_FDX, P_FDY, P_FDZ, P_FR, P_FG, P_FB, P_RDX, P_RDY, P_RDZ, P_RR, P_RG, P_RB,
    P_UPR, P_UPG, P_UPB, P_DNR, P_DNG, P_DNB, P_AMBX, P_EXPO, P_SHADOW,
    P_SKR, P_SKG, P_SKB, P_BLUSH, P_FRECK, P_MOTTLE, P_PORE, P_OIL, P_UNDEREYE, P_STUB, P_BEARD, P_WRINK, P_SEED, P_BUMP,
    P_LIPR, P_LIPG, P_LIPB, P_LIPMIX, P_LIPGLOSS,
    P_BRR, P_BRG, P_BRB, P_BRDENS, P_BRTH, P_BRARCH, P_BRY, P_BRLEN, P_ESR, P_ESG, P_ESB, P_ESMIX, P_LINER,
    P_IRR, P_IRG, P_IRB, P_IR2R, P_IR2G, P_IR2B, P_PUPIL, P_IRISR, P_SCLR, P_SCLG, P_SCLB, P_LTL, P_LBL, P_LTR, P_LBR,
    P_ECLX, P_ECLY, P_ECLZ, P_TER, P_TEG, P_TEB, P_MOUTHZ,
    P_HAR, P_HAG, P_HAB, P_HA2R, P_HA2G, P_HA2B, P_HAVAR, P_HASPEC, P_SCALP, P_HAIROFF,
    P_CLR, P_CLG, P_CLB, P_CL2R, P_CL2G, P_CL2B, P_CLPAT, P_NECKY, P_NECKV, P_GLR, P_GLG, P_GLB, P_LENSR, P_LENSG, P_LENSB, P_LENSA,
    P_ERR, P_ERG, P_ERB, P_OCR, P_OCG, P_OCB, P_HCX, P_HCY, P_HCZ, P_LENSLABEL, P_N };

enum M { FACE, HEAD, SOCK, ESOCK, GUMS, TEETH, SCLERA, CLOTH, GLASS, LENS, EARRING, HAND, OBJECT, BUN, STRAND = 20 };
enum { NA = 11 }; // per-vertex attributes: rest xyz, lip, nose, hair, ear, neck, eye distance, ao, neutral-head y (lid shading)

struct Seg { float x0, y0, z0, w0, x1, y1, z1, w1; V3 t, t1; uint32_t strand; float s0, s1; };
struct In {
    int nV; const float* pos; const float* att; int nT; const int* tri; const uint8_t* mat;
    int nS, nP; const float* spts; const float* swid; const float* srnd; const uint8_t* skind; // strands: points (nS,nP,3), base width, random (nS,2), kind 0 hair 1 lash 2 brow/beard
    const float* prm; int W, H, SS; const uint8_t* bg; // background HxWx3
    uint8_t* rgb; uint8_t* label; uint8_t* occ; float* depth; int smres; uint8_t* alpha; // alpha: coverage by anything but the background
};
struct Buf { int w, h; std::vector<float> z, u, t; std::vector<int> id; };

static inline V3 G3(const float* p, int i) { return v3(p[3 * i], p[3 * i + 1], p[3 * i + 2]); }

// ---------------------------------------------------------------- strand rasteriser (thick line spans)
template <class F> static void thick(const Seg& s, int W, int H, F put) {
    float dx = s.x1 - s.x0, dy = s.y1 - s.y0, L = sqrtf(dx * dx + dy * dy); if (L < 1e-4f) return;
    if (fabsf(dy) >= fabsf(dx)) {
        float a = s.y0, b = s.y1; bool sw = a > b; if (sw) std::swap(a, b);
        int y0 = max(0, (int)ceilf(a - .5f)), y1 = min(H - 1, (int)floorf(b - .5f + 1e-3f)); float k = L / fabsf(dy);
        for (int y = y0; y <= y1; y++) { float t = clamp01((y + .5f - s.y0) / dy), xc = s.x0 + dx * t, hw = max(.5f, (s.w0 + (s.w1 - s.w0) * t) * k * .5f), z = s.z0 + (s.z1 - s.z0) * t;
            int xa = max(0, (int)ceilf(xc - hw - .5f)), xb = min(W - 1, (int)ceilf(xc + hw - .5f) - 1);
            for (int x = xa; x <= xb; x++) put(x, y, z, t, (x + .5f - xc) / hw); }
    } else {
        float a = s.x0, b = s.x1; if (a > b) std::swap(a, b);
        int x0 = max(0, (int)ceilf(a - .5f)), x1 = min(W - 1, (int)floorf(b - .5f + 1e-3f)); float k = L / fabsf(dx);
        for (int x = x0; x <= x1; x++) { float t = clamp01((x + .5f - s.x0) / dx), yc = s.y0 + dy * t, hw = max(.5f, (s.w0 + (s.w1 - s.w0) * t) * k * .5f), z = s.z0 + (s.z1 - s.z0) * t;
            int ya = max(0, (int)ceilf(yc - hw - .5f)), yb = min(H - 1, (int)ceilf(yc + hw - .5f) - 1);
            for (int y = ya; y <= yb; y++) put(x, y, z, t, (y + .5f - yc) / hw); }
    }
}
// ---------------------------------------------------------------- triangle rasteriser
template <class F> static inline void triraster(float ax, float ay, float az, float bx, float by, float bz, float cx, float cy, float cz, int W, int H, F put) {
    float A = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax); if (fabsf(A) < 1e-9f) return;
    int x0 = max(0, (int)ceilf(min(ax, min(bx, cx)) - .5f)), x1 = min(W - 1, (int)floorf(max(ax, max(bx, cx)) - .5f));
    int y0 = max(0, (int)ceilf(min(ay, min(by, cy)) - .5f)), y1 = min(H - 1, (int)floorf(max(ay, max(by, cy)) - .5f));
    if (x0 > x1 || y0 > y1) return;
    float iA = 1 / A;
    float w0dx = -(cy - by) * iA, w0dy = (cx - bx) * iA, w1dx = -(ay - cy) * iA, w1dy = (ax - cx) * iA;
    float px = x0 + .5f, py = y0 + .5f;
    float w0r = ((cx - bx) * (py - by) - (cy - by) * (px - bx)) * iA, w1r = ((ax - cx) * (py - cy) - (ay - cy) * (px - cx)) * iA;
    for (int y = y0; y <= y1; y++, w0r += w0dy, w1r += w1dy) { float w0 = w0r, w1 = w1r;
        for (int x = x0; x <= x1; x++, w0 += w0dx, w1 += w1dx) { float w2 = 1 - w0 - w1; if (w0 >= -1e-5f && w1 >= -1e-5f && w2 >= -1e-5f) put(x, y, w0 * az + w1 * bz + w2 * cz, w0, w1); } }
}

struct Ctx {
    const In* in; const float* p; std::vector<V3> nrm; std::vector<float> sm; int smr; V3 lx, ly, lz; float smk, smox, smoy; V3 key, keyc, fil, filc, rim, rimc, seed;
    V3 pos(int i) const { return G3(in->pos, i); }
    V3 pv(int i) const { return v3(p[i], p[i + 1], p[i + 2]); }
    float shadow(V3 P, float bias) const {
        if (!smr || p[P_SHADOW] <= 0) return 1;
        float u = (dot(P, lx) - smox) * smk, v = (dot(P, ly) - smoy) * smk, d = dot(P, lz) + bias, s = 0;
        static const float o[8][2] = {{-1.6f, -.6f}, {1.6f, .6f}, {-.6f, 1.6f}, {.6f, -1.6f}, {0, 0}, {2.4f, -2.2f}, {-2.4f, 2.2f}, {-2.f, -2.4f}};
        for (int i = 0; i < 8; i++) { int x = (int)(u + o[i][0]), y = (int)(v + o[i][1]); if (x < 0 || y < 0 || x >= smr || y >= smr) { s += 1; continue; } float e = sm[y * smr + x] - d; s += e <= 0 ? 1 : e < .25f ? 1 - e * 4 : 0; }
        s *= .125f; return 1 - (1 - s) * p[P_SHADOW];
    }
    V3 ambient(V3 n) const { float t = .5f + .5f * n.y; V3 a = mix(pv(P_DNR), pv(P_UPR), t); return a * (1 + p[P_AMBX] * n.x + .15f * n.z); }
};

// ---- surface description and lighting
struct Surf { V3 alb, n, spec; float gloss, ao, sss; int glossN; };
static V3 light(const Ctx& c, const Surf& s, V3 P, V3 V) {
    float sh = c.shadow(P, .35f), ao = s.ao;
    V3 amb = c.ambient(s.n) * ao;
    V3 wr = v3(.34f, .16f, .10f) * s.sss, out = s.alb * amb;
    const V3 L[3] = {c.key, c.fil, c.rim}, C[3] = {c.keyc, c.filc, c.rimc};
    float nv = clamp01(dot(s.n, V)), fr = powi(1 - nv, 5);
    for (int i = 0; i < 3; i++) {
        float nl = dot(s.n, L[i]), v = i ? .45f + .55f * ao : sh;
        V3 d = v3(max(0.f, (nl + wr.x) / (1 + wr.x)), max(0.f, (nl + wr.y) / (1 + wr.y)), max(0.f, (nl + wr.z) / (1 + wr.z)));
        if (s.sss > 0 && !i) { V3 vv = v3(v + (1 - v) * .10f * s.sss, v, v); d = d * vv; } else d = d * v;
        out = out + s.alb * d * C[i];
        V3 h = norm(L[i] + V); float nh = clamp01(dot(s.n, h)); int N = s.glossN;
        float sp = (powi(nh, N) * (N + 8) * .02f + .35f * powi(nh, N * 4) * (4 * N + 8) * .02f) * clamp01(nl * 4) * v;
        out = out + C[i] * s.spec * (s.gloss * sp * (1 + 4 * fr));
    }
    out = out + c.ambient(norm(s.n * (2 * dot(s.n, V)) - V)) * s.spec * (s.gloss * ao * (.25f + 2.2f * fr));
    return out;
}

static float browmask(const Ctx& c, V3 r, float& u, float& v) {
    const float* p = c.p; float ax = fabsf(r.x); float x0 = 1.02f, x1 = 5.45f + p[P_BRLEN];
    u = (ax - x0) / (x1 - x0); if (u < -.12f || u > 1.1f || r.z < 5 || r.y > 8 || r.y < 4) return 0;
    float cy = 5.83f + p[P_BRY] + (.42f + p[P_BRARCH]) * sinf(clamp01(u) * 2.25f) - .62f * u * u; float th = p[P_BRTH] * (.55f + .55f * sinf(clamp01(u * 1.1f + .18f) * 2.6f)) * (1 - .72f * sstep(.55f, 1.06f, u));
    v = (r.y - cy) / th; return sstep(1.5f, .25f, fabsf(v)) * sstep(-.10f, .16f, u) * sstep(1.08f, .80f, u);
}

static V3 skin(const Ctx& c, const float* a, V3 P, V3 n, V3 V, int mat, uint8_t& lab, float px) {
    const float* p = c.p; V3 r = v3(a[0], a[1], a[2]); float lip = a[3], nose = a[4], hair = a[5] - p[P_HAIROFF], ear = a[6], neck = a[7], ed = a[8], ao = a[9];
    V3 q = r + c.seed; float axx = fabsf(r.x);
    V3 n1 = noise3(q * .45f), n2 = noise3(q * 1.7f), n3 = px < .12f ? noise3(q * 7.f) : v3(0, 0, 0), n4 = noise3(q * 3.6f);
    // clothing below the neck line (same mesh, other material)
    float fz = sstep(-3, 5, r.z), nl = p[P_NECKY] - (p[P_NECKV] * fz * max(0.f, 1 - axx / 6.f)) + .05f * n4.x;
    if (mat == HEAD && r.y < nl + .0f) {
        lab = 0; V3 col = c.pv(P_CLR); int pat = (int)p[P_CLPAT]; float e = nl - r.y;
        if (pat == 1 && fmodf(r.y + 60, 1.6f) < .7f) col = c.pv(P_CL2R); if (pat == 2 && fmodf(r.x + 60, 2.2f) < .35f) col = c.pv(P_CL2R);
        if (e < .9f && pat != 3) col = col * .82f; if (e < .12f) col = col * .6f;
        Surf s; s.alb = col * (1 + .10f * n4.x + .08f * n1.y); s.n = norm(n + noise3(r * .5f) * .10f + n4 * .04f); s.spec = v3(1, 1, 1); s.gloss = .02f; s.glossN = 8; s.ao = .4f + .6f * ao; s.sss = 0;
        return light(c, s, P, V);
    }
    V3 A = c.pv(P_SKR); float ds = p[P_SKG]; // darker skins show less redness contrast
    // redness and zones
    auto ell = [&](float x, float y, float sx, float sy) { float dx = (axx - x) / sx, dy = (r.y - y) / sy; return gauss(dx * dx + dy * dy, 1); };
    float front = sstep(2, 7, r.z);
    float red = p[P_BLUSH] * front * (.9f * ell(4.3f, -.2f, 1.9f, 1.5f) + .8f * ell(0, .2f, 1.2f, 1.1f) + .35f * ell(0, -7, 1.6f, 1.1f)) + .5f * p[P_BLUSH] * sstep(-.2f, .8f, ear) + .30f * sstep(-.1f, .25f, nose) * sstep(.2f, -1.2f, r.y) * front;
    red += p[P_MOTTLE] * (n1.x * .35f + n2.x * .22f);
    A = A * v3(1 + .08f * red, 1 - .17f * red, 1 - .15f * red);
    float yel = front * ell(0, 9, 4, 2.2f) * .5f; A = A * v3(1, 1 + .02f * yel, 1 - .05f * yel);
    A = A * (1 + p[P_MOTTLE] * (.07f * n1.y + .05f * n2.y + .045f * n4.y) + p[P_PORE] * .07f * n3.x);
    // eye surroundings
    float dk = p[P_UNDEREYE] * front * (ell(2.7f, 2.1f, 1.5f, .55f) + .7f * ell(1.6f, 3.0f, .8f, .9f)); A = A * v3(1 - .18f * dk, 1 - .25f * dk, 1 - .20f * dk);
    float lidm = front * sstep(1.3f, .2f, ed) * (r.y > 3.2f ? 1.f : .35f); A = A * v3(1 - .06f * lidm, 1 - .13f * lidm, 1 - .11f * lidm);
    if (p[P_ESMIX] > 0 && r.y > 3.15f) A = mix(A, c.pv(P_ESR), p[P_ESMIX] * sstep(1.5f, .1f, ed) * front);
    float rim = sstep(.16f, .02f, ed) * front; A = A * v3(1 - .18f * rim, 1 - .34f * rim, 1 - .30f * rim);
    if (p[P_LINER] > 0) A = A * (1 - p[P_LINER] * sstep(.24f, .08f, ed) * (r.y > 3.25f ? 1.f : .45f) * front);
    // freckles and moles
    if (p[P_FRECK] > 0) { V3 f = noise3(q * 2.9f), f2 = noise3(q * 5.3f); float z = front * (ell(2.4f, .8f, 3.2f, 1.8f) + .25f); float m = p[P_FRECK] * z * (sstep(.34f, .62f, f.x * .7f + .4f * f2.y) + .6f * sstep(.42f, .7f, f2.x)); A = A * v3(1 - .28f * m, 1 - .42f * m, 1 - .48f * m); }
    for (int i = 0; i < 4; i++) { uint32_t h = (uint32_t)(p[P_SEED] * 7) + i * 911; if (hf(h) < .45f) continue; float dx = r.x - (hf(h + 1) * 11 - 5.5f), dy = r.y - (hf(h + 2) * 16 - 8), rr = .07f + .10f * hf(h + 3); float m = front * sstep(rr * rr * 1.8f, rr * rr * .5f, dx * dx + dy * dy) * .7f; A = A * v3(1 - .6f * m, 1 - .72f * m, 1 - .75f * m); }
    // stubble / beard
    float gl = p[P_OIL] * (.55f + .65f * front * (ell(0, 1.2f, 1.3f, 2.6f) + .6f * ell(0, 8, 3.5f, 1.6f) + .35f * ell(3.6f, 1, 1.4f, 1.0f)));
    float bm = 0;
    if (p[P_STUB] > 0 || p[P_BEARD] > 0) {
        float jaw = sstep(-1.2f, -4.8f, r.y - .62f * max(0.f, axx - 2.6f) + .35f * n2.x) * sstep(-11.f, -8.2f, r.y) * sstep(1.5f, 4.5f, r.z);
        float side = sstep(4.9f, 7.2f, axx + .4f * n2.z) * sstep(4.2f, -.5f, r.y) * sstep(-9.f, -6, r.y) * sstep(1.4f, 3.6f, r.z);
        float mus = sstep(3.1f, 1.8f, axx + .15f * n2.y) * sstep(-1.15f - .24f * axx, -2.05f - .24f * axx, r.y + .12f * n4.z) * sstep(-4.6f, -3.6f, r.y);
        bm = clamp01(max(jaw + .7f * side, mus)) * sstep(.06f, -.07f, lip) * (1 - .75f * gauss((axx * axx) / .5f + (r.y + 5.0f) * (r.y + 5.0f) / .06f, 1)) ;
        bm *= front > 0 ? 1 : 0; V3 hb = c.pv(P_HAR); float g = .5f + .5f * (px < .16f ? n3.y : n4.z);
        float st = p[P_STUB] * bm; A = A * (1 - st * (.22f + .18f * g)); A.x *= 1 - .06f * st;
        if (p[P_BEARD] > 0) { float k = p[P_BEARD] * clamp01(sstep(.10f, .95f, bm + .22f * n4.x) * (.88f + .20f * n3.y)); A = mix(A, hb * (.75f + .5f * g), clamp01(k)); gl *= 1 - k; }
    }
    lab = neck > 0 ? 8 : 6; if (nose > .0f) lab = 5; if (ear > 0.05f) lab = 7;
    // eyebrows
    float bu = 0, bv = 0, bmk = browmask(c, r, bu, bv);
    if (bmk > 0) { float ang = 1.15f - 1.45f * bu; float hu = r.y * cosf(ang) - axx * sinf(ang) * .9f; float la = axx * cosf(ang) + r.y * sinf(ang) ; float ac = -axx * sinf(ang) + r.y * cosf(ang); (void)hu; V3 hn = noise3(v3(la * 1.6f, ac * 5.5f, 3 + c.seed.y)); V3 hn2 = noise3(v3(la * 3.f, ac * 12.f, 9 + c.seed.z));
        float d = clamp01(bmk * p[P_BRDENS] * (.92f + .35f * hn.x + (px < .1f ? .45f * hn2.y : 0.f))); A = mix(A, c.pv(P_BRR) * (1 + .2f * hn.z), d * .93f); gl *= 1 - .8f * d; if (bmk * min(1.f, p[P_BRDENS] * 1.3f) > .42f) lab = 2; }
    // lips
    float lm = sstep(-.10f, .13f, lip + .035f * n4.z);
    if (lm > 0 && r.z > 8) { V3 ln = noise3(v3(r.x * 5.5f, r.y * .9f, 1 + c.seed.x)); V3 lc = c.pv(P_LIPR) * (1 + .10f * ln.x + .08f * n4.x); float edge = 1 - .14f * sstep(.35f, .02f, lip);
        A = mix(A, lc * edge, lm * p[P_LIPMIX]); gl = gl * (1 - lm) + lm * p[P_LIPGLOSS]; n = norm(n + v3(ln.x * .10f, 0, 0) * lm); }
    if (lip > 0.02f && r.z > 8) lab = 1;
    float seam = (r.z > 8 && lip > .05f) ? sstep(9.9f, 10.6f, r.z) : 1; A = A * (.55f + .45f * seam);
    // painted scalp under the hair strands
    if (p[P_SCALP] > 0 && hair > -.9f && ear < .1f) { float hm = sstep(-.35f, .55f, hair + .45f * n2.z + .25f * n4.y) * p[P_SCALP]; float g = .55f + .45f * (px < .12f ? n3.z : n4.y); A = mix(A, c.pv(P_HAR) * (.5f + .35f * g), clamp01(hm * (.82f + .25f * g))); gl *= 1 - .7f * hm; if (hm > .45f) { lab = 4; } }
    if (p[P_WRINK] > 0 && front > 0) {
        float fw = ell(0, 8.3f, 4.5f, 1.6f), w = sinf(r.y * 5.2f + 1.2f * n1.x * 3 + .25f * axx) ; n = norm(n + v3(0, w, 0) * (p[P_WRINK] * .16f * fw) + v3(0, sinf(r.y * 7 + axx * 5 + n2.x * 2), 0) * (p[P_WRINK] * .16f * ell(5.3f, 3.1f, .9f, 1.2f)));
        float nlx = axx - (1.9f + (1.2f - r.y) * .33f); float nf = gauss(nlx * nlx, .28f) * sstep(.6f, -.6f, r.y) * sstep(-4.2f, -2.5f, r.y); A = A * (1 - .16f * p[P_WRINK] * nf); n = norm(n + v3(r.x > 0 ? -nlx : nlx, 0, 0) * (p[P_WRINK] * .9f * nf)); }
    Surf s; s.alb = A; s.n = norm(n + (n4 * .035f + n3 * (.05f * p[P_PORE]) + n2 * .03f) * p[P_BUMP]); s.spec = v3(1, .97f, .94f); s.gloss = gl * (.30f + .7f * ao); s.glossN = 14; s.ao = .30f + .70f * ao; s.sss = .8f;
    (void)ds; return light(c, s, P, V);
}

static V3 eye(const Ctx& c, const float* a, V3 P, V3 n, V3 V, uint8_t& lab) {
    const float* p = c.p; lab = 3; float sx = a[0] > 0 ? 1.f : -1.f; V3 ec = v3(p[P_ECLX] * sx, p[P_ECLY], p[P_ECLZ]);
    V3 d = v3(a[0], a[1], a[2]) - ec; float rho = sqrtf(d.x * d.x + d.y * d.y), th = atan2f(d.y, d.x * sx); V3 A;
    float R = p[P_IRISR], pu = p[P_PUPIL] * R; V3 q = v3(th * 3.2f, rho * 3.f, 5 + c.seed.x); V3 f1 = noise3(v3(th * 5.f, rho * 2.2f, c.seed.y)), f2 = noise3(v3(th * 13.f, rho * 4, c.seed.z)); (void)q;
    V3 scl = c.pv(P_SCLR); float corner = sstep(.75f, 1.5f, fabsf(d.x)); scl = scl * v3(1, 1 - .16f * corner, 1 - .15f * corner); V3 vn = noise3(v3(d.x * 4, d.y * 14 + d.x * 3, 7 + c.seed.x)); float vein = sstep(.55f, .8f, fabsf(vn.x)) * corner; scl = scl * v3(1, 1 - .12f * vein, 1 - .12f * vein);
    float t = clamp01((rho - pu) / (R - pu)); V3 ir = mix(c.pv(P_IR2R), c.pv(P_IRR), sstep(.05f, .55f, t + .25f * f1.x)); ir = ir * (1 + .38f * f2.x + .25f * f1.y); ir = ir * (1 - .75f * sstep(.70f, 1.02f, t)); ir = mix(v3(.006f, .005f, .005f), ir, sstep(pu - .03f, pu + .035f, rho));
    float e = sstep(R + .06f, R - .05f, rho); A = mix(scl, ir, e); bool L = a[0] > 0; float top = L ? p[P_LTL] : p[P_LTR], bot = L ? p[P_LBL] : p[P_LBR], hy = a[10];
    float ao = (.30f + .70f * sstep(.0f, .62f, top - hy)) * (.62f + .38f * sstep(-.02f, .25f, hy - bot)) * (1 - .3f * corner);
    V3 dif = c.ambient(n) * ao * 1.1f; float sh = c.shadow(P, .55f);
    dif = dif + c.keyc * (max(0.f, (dot(n, c.key) + .3f) / 1.3f) * (.25f + .75f * sh) * ao) + c.filc * (max(0.f, dot(n, c.fil)) * ao) + c.rimc * (max(0.f, dot(n, c.rim)) * ao * .3f);
    V3 o = A * dif; float visible = sstep(.02f, .22f, top - hy) * sstep(0, .1f, hy - bot);
    V3 nn = norm(n + noise3(d * 3.f + c.seed) * .02f);
    V3 h = norm(c.key + V), h2 = norm(c.fil + V); o = o + c.keyc * ((powi(clamp01(dot(nn, h)), 260) * 2.2f) * visible * (.3f + .7f * sh)) + c.filc * (powi(clamp01(dot(nn, h2)), 200) * 1.3f * visible);
    V3 rf = nn * (2 * dot(nn, V)) - V; float fr = .03f + .5f * powi(1 - clamp01(dot(nn, V)), 5); o = o + c.ambient(rf) * (fr * visible * ao);
    return o;
}

static V3 strandshade(const Ctx& c, int strand, int kind, V3 P, V3 T, float s, float u, V3 V, uint8_t& lab, float& cache) {
    const float* p = c.p; float r0 = c.in->srnd[2 * strand], r1 = c.in->srnd[2 * strand + 1];
    if (kind == 1) { lab = s < .3f ? 3 : 6; return c.ambient(v3(0, 0, 1)) * v3(.012f, .010f, .009f) + v3(.002f, .002f, .002f); }
    lab = kind == 2 ? 6 : 4;
    V3 hc = v3(p[P_HCX], p[P_HCY], p[P_HCZ]); V3 N = norm(P - hc); N = norm(N * 1.f + V * .35f - T * dot(N, T)); N = norm(N - T * dot(N, T) + v3(0, 0, 1e-4f)); V3 B = cross(T, N); N = norm(N + B * (u * .75f));
    float fine = hf((uint32_t)(strand * 131 + (int)((u + 1) * 4))) - .5f; V3 A = mix(c.pv(P_HAR), c.pv(P_HA2R), clamp01(s * 1.1f - .15f + .3f * (r1 - .5f))); float var = p[P_HAVAR]; A = A * (1 + var * (r0 - .5f) * 1.3f + var * fine * .9f);
    float root = .55f + .45f * sstep(0, .22f, s); if (cache < 0) cache = c.shadow(P, .45f); float sh = cache; V3 o = A * c.ambient(N) * root;
    const V3 L[3] = {c.key, c.fil, c.rim}, C[3] = {c.keyc, c.filc, c.rimc};
    for (int i = 0; i < 3; i++) { float tl = dot(T, L[i]), sl = sqrtf(max(0.f, 1 - tl * tl)), nl = dot(N, L[i]); float v = i ? .7f : sh; float df = clamp01(.35f + .65f * nl) * (.35f + .65f * sl) * root * v; o = o + A * C[i] * df;
        V3 h = norm(L[i] + V); float sft = (r1 - .5f) * .18f; float th = dot(T, h) - .06f + sft, sh1 = sqrtf(max(0.f, 1 - th * th)); float th2 = dot(T, h) + .14f + sft, sh2 = sqrtf(max(0.f, 1 - th2 * th2)); float g = clamp01(nl + .35f) * v * root;
        o = o + C[i] * (p[P_HASPEC] * (powi(sh1, 70) * .07f) * g) + C[i] * A * (p[P_HASPEC] * powi(sh2, 22) * .75f * g); }
    return o;
}

static uint8_t TONE[4097]; static bool tinit = false;
static inline float filmic(float x) { return x < .6f ? x : .6f + .4f * (1 - expf(-(x - .6f) / .4f)); }
static void init_tone() { if (tinit) return; for (int i = 0; i <= 4096; i++) { float x = i / 2048.f; x = filmic(x); x = x <= .0031308f ? 12.92f * x : 1.055f * powf(x, 1 / 2.4f) - .055f; TONE[i] = (uint8_t)(clamp01(x) * 255 + .5f); } tinit = true; }
static float LIN[256]; static bool linit = false;

extern "C" int sf_nparam() { return P_N; }

static double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count() * 1e3; }
extern "C" void sf_render(const In* in) { double T0 = now();
    init_noise(); init_tone(); if (!linit) { for (int i = 0; i < 256; i++) { float s = i / 255.f; float l = s <= .04045f ? s / 12.92f : powf((s + .055f) / 1.055f, 2.4f); LIN[i] = l < .6f ? l : .6f - .4f * logf(max(1e-3f, 1 - (l - .6f) / .4f)); } linit = true; }
    const float* p = in->prm; int SS = in->SS, W = in->W * SS, H = in->H * SS; Ctx c; c.in = in; c.p = p;
    c.seed = v3(hf((uint32_t)p[P_SEED]) * 50, hf((uint32_t)p[P_SEED] + 77) * 50, hf((uint32_t)p[P_SEED] + 154) * 50);
    c.key = norm(c.pv(P_KDX)); c.fil = norm(c.pv(P_FDX)); c.rim = norm(c.pv(P_RDX)); c.keyc = c.pv(P_KR); c.filc = c.pv(P_FR); c.rimc = c.pv(P_RR);
    int nV = in->nV; std::vector<float> sx(nV), sy(nV), sz(nV); c.nrm.assign(nV, v3(0, 0, 0));
    float F = p[P_F] * SS, D = p[P_D];
    auto proj = [&](V3 q, float& x, float& y, float& z) { z = D - q.z; float X = q.x / z, Y = -q.y / z; x = (p[P_A00] * X + p[P_A01] * Y) * F + p[P_TX] * SS; y = (p[P_A10] * X + p[P_A11] * Y) * F + p[P_TY] * SS; };
    for (int i = 0; i < nV; i++) proj(c.pos(i), sx[i], sy[i], sz[i]);
    for (int i = 0; i < in->nT; i++) { const int* t = in->tri + 3 * i; V3 a = c.pos(t[0]), n = cross(c.pos(t[1]) - a, c.pos(t[2]) - a); for (int k = 0; k < 3; k++) c.nrm[t[k]] = c.nrm[t[k]] + n; }
    for (auto& n : c.nrm) n = norm(n);
    // strands -> screen segments
    int nS = in->nS, nP = in->nP; std::vector<Seg> segs; segs.reserve((size_t)nS * max(0, nP - 1));
    float pxcm = p[P_F] * SS / D * sqrtf(fabsf(p[P_A00] * p[P_A11] - p[P_A01] * p[P_A10]));
    for (int s = 0; s < nS; s++) { const float* q = in->spts + (size_t)s * nP * 3; float x0, y0, z0; proj(G3(q, 0), x0, y0, z0); float w = in->swid[s] * pxcm;
        for (int k = 1; k < nP; k++) { float x1, y1, z1; proj(G3(q, k), x1, y1, z1); float s0 = (k - 1.f) / (nP - 1), s1 = (float)k / (nP - 1); V3 a = G3(q, k - 1), b = G3(q, k);
            auto tp = [&](float s) { return s < .6f ? 1.f : 1.f - .72f * (s - .6f) / .4f; }; Seg g{x0, y0, z0, w * tp(s0), x1, y1, z1, w * tp(s1), norm(b - G3(q, max(0, k - 2))), norm(G3(q, min(nP - 1, k + 1)) - a), (uint32_t)s, s0, s1}; segs.push_back(g); x0 = x1; y0 = y1; z0 = z1; } }
    double T1 = now();
    // shadow map (orthographic, from the key light)
    c.smr = in->smres;
    if (c.smr) { int R = c.smr; c.sm.assign(R * R, -1e9f); c.lz = c.key; c.lx = norm(cross(v3(0, 1, .01f), c.lz)); c.ly = cross(c.lz, c.lx); float ext = 44; V3 ctr = c.pv(P_HCX) + v3(0, -3, 2); c.smk = R / ext; c.smox = dot(ctr, c.lx) - ext / 2; c.smoy = dot(ctr, c.ly) - ext / 2;
        std::vector<float> u(nV), v(nV), d(nV); for (int i = 0; i < nV; i++) { V3 q = c.pos(i); u[i] = (dot(q, c.lx) - c.smox) * c.smk; v[i] = (dot(q, c.ly) - c.smoy) * c.smk; d[i] = dot(q, c.lz); }
        for (int i = 0; i < in->nT; i++) { int m = in->mat[i]; if (m == SOCK || m == ESOCK || m == GUMS || m == TEETH || m == LENS || m == SCLERA) continue; const int* t = in->tri + 3 * i; triraster(u[t[0]], v[t[0]], d[t[0]], u[t[1]], v[t[1]], d[t[1]], u[t[2]], v[t[2]], d[t[2]], R, R, [&](int x, int y, float z, float, float) { float& q = c.sm[y * R + x]; if (z > q) q = z; }); }
        for (int s = 0; s < nS; s++) if (in->skind[s] == 0) { const float* q = in->spts + (size_t)s * nP * 3; for (int k = 1; k < nP; k++) { V3 a = G3(q, k - 1), b = G3(q, k); Seg g; g.x0 = (dot(a, c.lx) - c.smox) * c.smk; g.y0 = (dot(a, c.ly) - c.smoy) * c.smk; g.z0 = dot(a, c.lz) - .25f; g.x1 = (dot(b, c.lx) - c.smox) * c.smk; g.y1 = (dot(b, c.ly) - c.smoy) * c.smk; g.z1 = dot(b, c.lz) - .25f; g.w0 = g.w1 = in->swid[s] * c.smk; thick(g, R, R, [&](int x, int y, float z, float, float) { float& m = c.sm[y * R + x]; if (z > m) m = z; }); } } }
    double T2 = now();
    // visibility
    Buf b; b.w = W; b.h = H; size_t NP = (size_t)W * H; b.z.assign(NP, 1e9f); b.id.assign(NP, -1); b.u.assign(NP, 0); b.t.assign(NP, 0);
    Buf ln; bool hasLens = false; for (int i = 0; i < in->nT && !hasLens; i++) hasLens = in->mat[i] == LENS; if (hasLens) { ln.z.assign(NP, 1e9f); ln.id.assign(NP, -1); }
    for (int i = 0; i < in->nT; i++) { const int* t = in->tri + 3 * i; int m = in->mat[i]; if (sz[t[0]] < 2 || sz[t[1]] < 2 || sz[t[2]] < 2) continue;
        float A = (sx[t[1]] - sx[t[0]]) * (sy[t[2]] - sy[t[0]]) - (sy[t[1]] - sy[t[0]]) * (sx[t[2]] - sx[t[0]]); if (A > 0 && m <= SCLERA && m != SOCK) continue;
        if (m == LENS) { triraster(sx[t[0]], sy[t[0]], sz[t[0]], sx[t[1]], sy[t[1]], sz[t[1]], sx[t[2]], sy[t[2]], sz[t[2]], W, H, [&](int x, int y, float z, float, float) { size_t k = (size_t)y * W + x; if (z < ln.z[k]) { ln.z[k] = z; ln.id[k] = i; } }); continue; }
        triraster(sx[t[0]], sy[t[0]], sz[t[0]], sx[t[1]], sy[t[1]], sz[t[1]], sx[t[2]], sy[t[2]], sz[t[2]], W, H, [&](int x, int y, float z, float w0, float w1) { size_t k = (size_t)y * W + x; if (z < b.z[k]) { b.z[k] = z; b.id[k] = i; b.u[k] = w0; b.t[k] = w1; } }); }
    // near strands first: most of the overdraw then fails the depth test
    std::vector<std::pair<float, int>> order(nS); for (int s = 0; s < nS; s++) order[s] = {-in->spts[((size_t)s * nP + nP / 2) * 3 + 2], s}; std::sort(order.begin(), order.end());
    for (auto& od : order) for (int kk = 0; kk < nP - 1; kk++) { size_t g = (size_t)od.second * (nP - 1) + kk; const Seg& s = segs[g]; float bias = in->skind[s.strand] == 1 ? .12f : .05f; thick(s, W, H, [&](int x, int y, float z, float t, float u) { size_t k = (size_t)y * W + x; if (z - bias < b.z[k]) { b.z[k] = z - bias; b.id[k] = (1 << 28) + (int)g; b.u[k] = u; b.t[k] = t; } }); }
    // shade
    double T3 = now();
    std::vector<float> segsh(segs.size(), -1.f);
    float px = D / p[P_F] / sqrtf(fabsf(p[P_A00] * p[P_A11] - p[P_A01] * p[P_A10])); float ex = p[P_EXPO]; int n2 = SS * SS; V3 cam = v3(0, 0, D);
    auto shadeSample = [&](size_t k, uint8_t& lab, uint8_t& oc, V3 bg) -> V3 {
        int id = b.id[k]; oc = 0; if (id < 0) { lab = 0; return bg; }
        if (id >= (1 << 28)) { const Seg& s = segs[id - (1 << 28)]; float t = b.t[k]; int st = s.strand; int kk = (int)((s.s0) * (nP - 1) + .5f); const float* q = in->spts + ((size_t)st * nP + kk) * 3; V3 P = mix(G3(q, 0), G3(q, 1), t); return strandshade(c, st, in->skind[st], P, norm(mix(s.t, s.t1, t)), s.s0 + (s.s1 - s.s0) * t, b.u[k], norm(cam - P), lab, segsh[id - (1 << 28)]) * ex; }
        const int* t = in->tri + 3 * id; float w0 = b.u[k], w1 = b.t[k], w2 = 1 - w0 - w1; // perspective correction
        float i0 = w0 / sz[t[0]], i1 = w1 / sz[t[1]], i2 = w2 / sz[t[2]], is = 1 / (i0 + i1 + i2); w0 = i0 * is; w1 = i1 * is; w2 = i2 * is;
        V3 P = c.pos(t[0]) * w0 + c.pos(t[1]) * w1 + c.pos(t[2]) * w2, n = norm(c.nrm[t[0]] * w0 + c.nrm[t[1]] * w1 + c.nrm[t[2]] * w2), V = norm(cam - P); if (dot(n, V) < -.05f && in->mat[id] >= CLOTH) n = n * -1.f;
        float a[NA]; for (int j = 0; j < NA; j++) a[j] = in->att[t[0] * NA + j] * w0 + in->att[t[1] * NA + j] * w1 + in->att[t[2] * NA + j] * w2;
        int m = in->mat[id]; Surf s; s.spec = v3(1, 1, 1); s.sss = 0; s.ao = 1; s.n = n; s.glossN = 16; s.gloss = .05f; V3 r = v3(a[0], a[1], a[2]);
        switch (m) {
        case FACE: case HEAD: return skin(c, a, P, n, V, m, lab, px) * ex;
        case SCLERA: return eye(c, a, P, n, V, lab) * ex;
        case ESOCK: lab = 3; s.alb = c.pv(P_SKR) * v3(.75f, .42f, .38f); s.gloss = .25f; s.glossN = 30; s.ao = .55f; s.sss = .8f; return light(c, s, P, V) * ex;
        case SOCK: case GUMS: case TEETH: { lab = 9; float dz = p[P_MOUTHZ] - a[2]; float ao = clamp01(expf(-max(0.f, dz - .3f) * (m == TEETH ? .42f : .50f))); V3 nn = noise3(r * 2.f);
            if (m == TEETH) { s.alb = c.pv(P_TER) * (1 + .04f * nn.x); s.gloss = .22f; s.glossN = 40; ao = .22f + .78f * ao; s.sss = .5f; ao *= .82f; }
            else if (m == GUMS) { s.alb = v3(.52f, .20f, .18f) * (1 + .12f * nn.x); s.gloss = .20f; s.glossN = 30; s.sss = .8f; ao *= .72f; }
            else { s.alb = v3(.30f, .08f, .07f); ao *= .45f; s.gloss = .08f; }
            s.ao = ao; s.spec = v3(ao, ao, ao); s.alb = s.alb * (.12f + .88f * ao); return light(c, s, P, V) * ex; }
        case CLOTH: { lab = 0; V3 col = c.pv(P_CLR); int pat = (int)p[P_CLPAT]; if (pat == 1 && fmodf(r.y + 60, 1.6f) < .7f) col = c.pv(P_CL2R); if (pat == 2 && fmodf(r.x + 60, 2.2f) < .35f) col = c.pv(P_CL2R); V3 w = noise3(r * .22f), w2 = noise3(r * .7f), w3 = noise3(r * 4.f); s.alb = col * (1 + .10f * w3.x + .10f * w2.y); s.n = norm(n + w * .16f + w2 * .10f); s.gloss = .02f; s.glossN = 8; return light(c, s, P, V) * ex; }
        case GLASS: lab = 10; s.alb = c.pv(P_GLR); s.gloss = .5f; s.glossN = 40; return light(c, s, P, V) * ex;
        case EARRING: lab = 11; s.alb = c.pv(P_ERR) * .7f; s.spec = c.pv(P_ERR); s.gloss = 1.6f; s.glossN = 30; return light(c, s, P, V) * ex;
        case HAND: { lab = 0; oc = 1; V3 nn = noise3(r * 1.2f), n2_ = noise3(r * 4.f); s.alb = c.pv(P_OCR) * (1 + .07f * nn.x + .06f * n2_.y); s.alb.y *= 1 - .05f * nn.y; s.n = norm(n + n2_ * .07f); s.gloss = .10f; s.glossN = 12; s.sss = .8f; s.ao = .85f; return light(c, s, P, V) * ex; }
        case OBJECT: { lab = 0; oc = 1; V3 nn = noise3(r * 6.f); s.alb = c.pv(P_OCR) * (a[3] > 0 ? 1.f : .35f) * (1 + .2f * nn.x); s.n = norm(n + nn * (a[3] > 0 ? .02f : .25f)); s.gloss = .25f; s.glossN = 24; return light(c, s, P, V) * ex; }
        case BUN: { lab = 4; V3 nn = noise3(v3(r.x * 1.2f, r.y * 5.f, r.z * 1.2f)), n5 = noise3(v3(r.x * 3.f, r.y * 12.f, r.z * 3)); s.alb = mix(c.pv(P_HAR), c.pv(P_HA2R), .3f) * (.8f + .3f * nn.x + .25f * n5.y); s.n = norm(n + nn * .25f); s.gloss = .10f * p[P_HASPEC]; s.glossN = 10; return light(c, s, P, V) * ex; }
        } lab = 0; return v3(1, 0, 1);
    };
    for (int y = 0; y < in->H; y++) for (int x = 0; x < in->W; x++) {
        size_t o = (size_t)y * in->W + x; const uint8_t* g = in->bg + o * 3; V3 bg = v3(LIN[g[0]], LIN[g[1]], LIN[g[2]]); V3 acc = v3(0, 0, 0); float w[12] = {0}, ocw = 0, alw = 0; bool done[16] = {false}; float dmin = 1e9f;
        for (int i = 0; i < n2; i++) { if (done[i]) continue; size_t k = (size_t)(y * SS + i / SS) * W + x * SS + i % SS; int id = b.id[k]; int cls = id < 0 ? -1 : id >= (1 << 28) ? 1000 + (int)segs[id - (1 << 28)].strand : in->mat[id]; int cnt = 1; V3 n0 = v3(0, 0, 0); float z0 = b.z[k]; if (cls >= 0 && cls < 1000) n0 = c.nrm[in->tri[3 * id]];
            for (int j = i + 1; j < n2; j++) { if (done[j]) continue; size_t k2 = (size_t)(y * SS + j / SS) * W + x * SS + j % SS; int id2 = b.id[k2]; int c2 = id2 < 0 ? -1 : id2 >= (1 << 28) ? 1000 + (int)segs[id2 - (1 << 28)].strand : in->mat[id2]; if (c2 != cls) continue; if (cls >= 0 && cls < 1000 && (fabsf(b.z[k2] - z0) > .35f || dot(n0, c.nrm[in->tri[3 * id2]]) < .93f || (cls == SCLERA) )) continue; done[j] = true; cnt++; }
            uint8_t lab, oc; V3 col = shadeSample(k, lab, oc, bg); int lid = hasLens ? ln.id[k] : -1;
            if (lid >= 0 && ln.z[k] < b.z[k]) { V3 n = norm(c.nrm[in->tri[3 * lid]]); V3 P = c.pos(in->tri[3 * lid]); V3 V = norm(cam - P); if (dot(n, V) < 0) n = n * -1.f; V3 R = n * (2 * dot(n, V)) - V; float a = p[P_LENSA]; col = mix(col, c.pv(P_LENSR) * c.ambient(n), a) ; float fr = .03f + .35f * powi(1 - clamp01(dot(n, V)), 4); col = col + c.ambient(R) * (fr * ex) + c.keyc * (powi(clamp01(dot(n, norm(c.key + V))), 300) * .8f * ex); if (p[P_LENSLABEL] > 0) lab = 10; }
            acc = acc + col * (float)cnt; w[lab] += cnt; ocw += oc * cnt; alw += id >= 0 || lab == 10 ? cnt : 0; dmin = min(dmin, z0); }
        acc = acc * (1.f / n2); int bl = 0; for (int l = 1; l < 12; l++) if (w[l] > w[bl]) bl = l; in->label[o] = (uint8_t)bl; in->occ[o] = (uint8_t)(ocw * 255 / n2); if (in->alpha) in->alpha[o] = (uint8_t)(alw * 255 / n2); if (in->depth) in->depth[o] = dmin;
        in->rgb[o * 3] = TONE[(int)(clamp01(acc.x * .5f) * 4096)]; in->rgb[o * 3 + 1] = TONE[(int)(clamp01(acc.y * .5f) * 4096)]; in->rgb[o * 3 + 2] = TONE[(int)(clamp01(acc.z * .5f) * 4096)];
    }
    if (getenv("SF_TIME")) fprintf(stderr, "setup %.1f shadow %.1f raster %.1f shade %.1f ms\n", T1 - T0, T2 - T1, T3 - T2, now() - T3);
}

// ---------------------------------------------------------------- hair growth
// roots (nS,3), normals (nS,3) on the neutral head; style vector; radial head map for collisions
struct Hair { float len, lenvar, lift, grav, curl, curlf, clump, vol, partx, style, side, fringe, fringelen, backlen, topdir, stiff; };
extern "C" void sf_hair(int nS, int nP, const float* root, const float* nrm, const float* rnd /*nS,4*/, const float* rmap, int mw, int mh, const float* ctr, const float* hp, float* out) {
    init_noise(); Hair h; memcpy(&h, hp, sizeof(Hair)); V3 C = v3(ctr[0], ctr[1], ctr[2]);
    auto radius = [&](V3 d) { float u = (atan2f(d.x, d.z) / 6.2831853f + .5f) * mw, v = (asinf(max(-1.f, min(1.f, d.y))) / 3.14159265f + .5f) * (mh - 1); int x = (int)u, y = (int)v; float a = u - x, b = v - y; x %= mw; int x1 = (x + 1) % mw; y = min(y, mh - 2); return (rmap[y * mw + x] * (1 - a) + rmap[y * mw + x1] * a) * (1 - b) + (rmap[(y + 1) * mw + x] * (1 - a) + rmap[(y + 1) * mw + x1] * a) * b; };
    int st = (int)h.style; // 0 crop, 1 parted/long, 2 swept back, 3 afro/curly, 4 pulled to a knot, 5 side-swept short, 6 fringe + long
    for (int s = 0; s < nS; s++) {
        V3 p = G3(root, s), n = G3(nrm, s); float r0 = rnd[4 * s], r1 = rnd[4 * s + 1], r2 = rnd[4 * s + 2], r3 = rnd[4 * s + 3];
        float L = h.len * (1 + h.lenvar * (r0 - .5f) * 2); bool front = p.z > 4.2f && p.y > 8.0f; bool low = p.y < 4; float back = clamp01((2 - p.z) / 8);
        V3 comb; float sd = p.x > h.partx ? 1.f : -1.f; float top = clamp01((p.y - 8) / 5);
        switch (st) {
        case 0: comb = v3(p.x * .04f + h.side * .3f * top, -.9f * (1 - top), top * h.topdir + .15f); L *= top > .4f ? 1.f : h.backlen; break;
        case 1: comb = v3(sd * (.95f * top + .15f), -.55f - .5f * (1 - top), -.30f * top * (p.z > 0 ? 1.f : .3f) - .25f * (1 - top) * (p.z > 3 ? 1 : 0)); break;
        case 2: comb = v3(p.x * .05f, .12f * top - .5f * (1 - top), -1.f); L *= low ? h.backlen : 1.f; break;
        case 3: comb = n; break;
        case 4: { V3 B = v3(0, 6.5f + h.topdir * 7, -9.5f + h.topdir * 6); comb = norm(B - p); float dist = sqrtf(dot(B - p, B - p)); L = min(dist * 1.12f, h.len); break; }
        case 5: comb = v3(h.side * (.9f * top + .05f) + p.x * .03f * (1 - top), -.8f * (1 - top) + .15f * top, (front ? .15f : -.35f) * top); L *= top > .35f ? 1.f : h.backlen; break;
        default: if (front && fabsf(p.x - h.partx) < h.fringe) { comb = v3(p.x * .07f + h.side * .35f, -.75f, .55f); L = h.fringelen * (1 + .25f * (r0 - .5f)); } else comb = v3(sd * (.9f * top + .2f), -.65f, -.2f * top); }
        comb = norm(comb); V3 d = norm(n * (h.lift + .25f * r1 * h.lift) + comb); float step = L / (nP - 1); float off = .06f + h.vol * (.15f + .85f * r2); if (st == 4) off = .05f + h.vol * r2 * .5f;
        V3 cl = v3(r3 * 40, r1 * 40, 3); float cf = h.curlf; V3 guide = noise3(p * .35f + v3(11, 5, 2)) * h.clump; float ph = r3 * 6.2831f;
        V3 q = p; out[(size_t)s * nP * 3] = q.x; out[(size_t)s * nP * 3 + 1] = q.y; out[(size_t)s * nP * 3 + 2] = q.z;
        for (int k = 1; k < nP; k++) {
            float t = (float)k / (nP - 1); V3 cc = comb; if (st == 4) { V3 B = v3(0, 6.5f + h.topdir * 7, -9.5f + h.topdir * 6); cc = norm(B - q); } else if (st == 3) cc = norm(q - C);
            float cmL = t * L, grow = h.len > 10 ? sstep(0.f, 6.f, cmL) : sstep(0, .5f, t); V3 g = v3(0, -1, 0) * (h.grav * (st == 3 ? .3f : 1.f) * grow); float cw = (st == 4) ? 1.2f : h.len > 10 ? .60f * (1 - sstep(1.f, 6.5f, cmL)) : .55f * (1 - grow * .8f);
            V3 nz = noise3(q * .45f + cl * .05f) * .25f * h.clump + guide * .35f;
            d = norm(d * (h.len > 10 && st != 4 ? h.stiff * (1 - .45f * grow) : h.stiff) + cc * cw + g + nz); V3 dd = d;
            if (h.curl > 0) { V3 ux = norm(cross(d, v3(.3f, .2f, 1))), uy = cross(d, ux); float a = cf * t * L + ph; dd = norm(d + (ux * cosf(a) + uy * sinf(a)) * (h.curl * min(1.f, t * 3))); }
            q = q + dd * step; V3 e = q - C; float R = sqrtf(dot(e, e)); V3 en = e * (1 / R); 
            if (q.y > -9.5f) { float rr = radius(en) + off * min(1.f, t * 4); if (R < rr) { q = C + en * rr; float dn = dot(d, en); if (dn < 0) d = norm(d - en * dn); } }
            else { float a = q.x / (7.2f + off), b = (q.z + 1.5f) / (7.2f + off), m = a * a + b * b; if (m < 1 && q.y > -17) { float k2 = 1 / sqrtf(max(m, .05f)); q.x *= k2; q.z = (q.z + 1.5f) * k2 - 1.5f; } // neck
                float sy = -15.2f - .022f * q.x * q.x; float fz = (q.z + 1.5f) / 8.5f; sy -= 3.2f * fz * fz; if (fabsf(q.z + 1.5f) < 9 && q.y < sy + off * .5f) { q.y = sy + off * .5f; d = norm(v3(d.x + (q.x > 0 ? .2f : -.2f), -.25f, d.z + (q.z > -1 ? .8f : -.8f))); } }
            if ((st == 1 || st == 6) && !(st == 6 && L < 10) && q.z > 2.5f) { float keep = (h.curl > .8f ? 4.6f : 5.6f) + 2.2f * r2 + .05f * max(0.f, 3 - q.y), wy = sstep(10.8f, 8.2f, q.y); float xt = keep * wy; if (fabsf(q.x) < xt) { float s2 = fabsf(p.x - h.partx) < .8f ? sd : (q.x - h.partx * .5f > 0 ? 1.f : -1.f); q.x += (s2 * xt - q.x) * .75f; q.z -= .12f * step; d = norm(v3(d.x + s2 * .15f, d.y, d.z - .1f)); } }
            float* o = out + ((size_t)s * nP + k) * 3; o[0] = q.x; o[1] = q.y; o[2] = q.z; }
    }
}
