import type { Box, Quad, Transform } from './geometry.ts';

/** How many landmarks a face has: the 68 of Multi-PIE/iBUG order, then the 130 dense ones of the mini profile. */
export const landmarkCount = 198;

/** A face found in one frame. */
export type Detection = {
  /** Box in frame pixels. */
  readonly box: Box;
  /** 0..1. */
  readonly score: number;
  /** x, y of image-left eye, image-right eye, nose tip, image-left and image-right mouth corner; frame pixels. Length 10. */
  readonly fivePoints: Float32Array;
};

/** Head pose in degrees: yaw > 0 towards the viewer's right, pitch > 0 down, roll > 0 clockwise in the frame. */
export type Pose = { readonly yaw: number; readonly pitch: number; readonly roll: number };

/** What the landmark network reads off one face. */
export type FaceShape = {
  /** x, y in frame pixels; length 2 x 198, or 2 x 68 for profiles whose network has only these. */
  readonly points: Float32Array;
  /** 0..1 a point. */
  readonly visibility: Float32Array;
  readonly pose: Pose;
  /** Weights of the first 40 identity modes; empty when the network has none. */
  readonly identity: Float32Array;
  /** 57 blendshape weights 0..1; empty when the network has none. */
  readonly expression: Float32Array;
};

/** How a face looks, for telling persons apart: a network's embedding, or the colours of its parts. */
export type Appearance = {
  readonly kind: 'embedding' | 'colours';
  /** Of length 1 for embeddings; colours relative to the skin's brightness. */
  readonly vector: Float32Array;
  /** How far apart two vectors are (1 - cosine, or mean difference) that are as likely of one person as of two. */
  readonly border: number;
};

/** Another face near one, and which of the two is in front. */
export type Neighbour = {
  /** [H,2]: the convex hull of its landmarks. */
  readonly outline: Float32Array;
  readonly isInFront: boolean;
};

/** A track's entry in one frame. */
export type TrackedFace = {
  /** Stable id of the person in the file; derived from the source frames, not from run order. */
  readonly trackId: number;
  readonly box: Box;
  readonly score: number;
  readonly shape: FaceShape;
  /** True when the face was not seen in this frame and its place is carried over from its neighbours. */
  readonly isBridged: boolean;
  /** How the person looks: the mean of the clear sights in this frame and the next ones, as far as tracking looks ahead. */
  readonly appearance?: Appearance;
  /** Other faces of the frame that may show in this one's crop, outlines in frame pixels; from where faces are chosen on. */
  readonly neighbours?: readonly Neighbour[];
};

/** What a frame shows right below an aligned crop: the crop goes on downwards. */
export type BelowCrop = {
  /** How many rows B, in the crop's pixels. */
  readonly rows: number;
  /** [3,B,S] RGB 0..1. */
  readonly crop: Float32Array;
};

/** A tracked face with its aligned crop. */
export type AlignedFace = TrackedFace & {
  /** Corners of the crop in frame pixels, smoothed over time. */
  readonly quad: Quad;
  readonly cropFromFrame: Transform;
  readonly frameFromCrop: Transform;
  /** Side S of the crop in pixels. */
  readonly cropSize: number;
  /** [3,S,S] RGB 0..1. */
  readonly crop: Float32Array;
  /** What is below the crop, where the profile's parser reads that too. */
  readonly below?: BelowCrop | undefined;
};

/** An aligned face with its label map. */
export type ParsedFace = AlignedFace & {
  /** [S,S], labels 0..11 in E4S order. */
  readonly labels: Uint8Array;
  /** [12,S,S] class probabilities (after smoothing in time), 0..1. */
  readonly probabilities: Float32Array;
  /** [B,S] 0..1: probability of neck (label belowface) below the crop; undefined where nothing below is known. */
  readonly neckBelow?: Float32Array | undefined;
};
