// Parameter slots of a scene (native.py reads the names), materials, and the call structure.
#pragma once
#include "vec.h"
#include <vector>

// clang-format off
enum P {
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
    P_ERR, P_ERG, P_ERB, P_OCR, P_OCG, P_OCB, P_HCX, P_HCY, P_HCZ, P_LENSLABEL,
    P_HTR, P_HTG, P_HTB, P_HTKNIT, P_N };
// clang-format on

enum M { FACE, HEAD, SOCK, ESOCK, GUMS, TEETH, SCLERA, CLOTH, GLASS, LENS, EARRING, HAND, OBJECT, BUN, HAT };
enum { NA = 11 };  // per-vertex attributes: rest xyz, lip, nose, hair, ear, neck, eye distance, ao, neutral-head y (lid shading)

struct Seg {
    float x0, y0, z0, w0, x1, y1, z1, w1;
    V3 t, t1;
    uint32_t strand;
    float s0, s1;
};
struct In {
    int nV;
    const float* pos;
    const float* att;
    int nT;
    const int* tri;
    const uint8_t* mat;
    int nS, nP;
    const float* spts;
    const float* swid;
    const float* srnd;
    const uint8_t* skind;  // strands: points (nS,nP,3), base width, random (nS,2), kind 0 hair 1 lash 2 brow/beard
    const float* prm;
    int W, H, SS;
    const uint8_t* bg;  // background HxWx3
    uint8_t* rgb;
    uint8_t* label;
    uint8_t* occ;
    float* depth;
    int smres;
    uint8_t* alpha;  // coverage by anything but the background
    const float* next;   // pixels (x,y) of vertices, then of strand points, in the next frame; or null
    float* flow;         // HxWx2: where the nearest surface of a pixel moves, NaN for the background
};
struct Buf {
    int w, h;
    std::vector<float> z, u, t;
    std::vector<int> id;
};

static inline V3 G3(const float* p, int i) { return v3(p[3 * i], p[3 * i + 1], p[3 * i + 2]); }
