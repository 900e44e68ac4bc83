import type { Neighbour } from '../../core/faces.ts';
import { innerFaceLabels, label, regionCount } from '../../core/regions.ts';
import { sureSkin } from '../light/sure-skin.ts';
import { fadeNeck } from '../blend/fade-neck.ts';
import { takeNeck } from '../blend/tint-neck.ts';
import { swapLabelMaps } from '../labels/swap-label-maps.ts';
import { keepOccluders } from '../blend/keep-occluders.ts';
import { softForeground } from '../blend/soft-foreground.ts';
import { growMask, openBackground } from './open-background.ts';
import { openHair } from './open-hair.ts';
import { leaveOthers } from './other-faces.ts';
import { driveLabels, type SourceLabels } from './drive-labels.ts';
import { photoView, type PhotoView } from './photo-map.ts';
import { drivenMap, shapeFace } from './shape-face.ts';
import type { GridMap } from './thin-plate.ts';

/** One face on its way to the generator; typed arrays only, so that it may be worked on in another thread. */
export type SwapFaceInput = {
  readonly size: number;
  /** [12,S,S] and [S,S]: the target's. */
  readonly probabilities: Float32Array;
  readonly labels: Uint8Array;
  /** [P,2] in crop pixels: the target's landmarks, and where they go; undefined keeps the target's shape. */
  readonly landmarks:
    | { readonly points: Float32Array; readonly driven: Float32Array; readonly visibility: Float32Array }
    | undefined;
  /** What the source shows where, to be driven; undefined moves the target's own map to the driven landmarks. */
  readonly source: SourceLabels | undefined;
  /** 1 for every region whose texture changes, length 12. */
  readonly regions: Uint8Array;
  /** [H,2] in crop pixels: the hull of the target's landmarks, and those of other faces near. */
  readonly outline?: Float32Array;
  readonly others?: readonly Neighbour[];
  /** True: how the neck goes on below the crop is known, so that it can change its colour as a whole. */
  readonly isNeckKnown?: boolean;
};

export type SwapFaceOutput = {
  /** [S,S]: the label map to generate into. */
  readonly labels: Uint8Array;
  /** [S,S] 0…1: how much of each pixel is to be replaced. */
  readonly mask: Float32Array;
  /** [S,S] 0…1: the target's neck, which keeps its picture and only changes its colour; undefined where it is replaced like the rest. */
  readonly neck: Float32Array | undefined;
  /** [S,S] 0…1: where the target surely shows skin, and so its light. */
  readonly targetSkin: Float32Array;
  /** Where each place of the new shape was in the target's; undefined where it keeps its shape. */
  readonly targetMap: GridMap | undefined;
  /** The source's photo as seen from the new shape; undefined where no source is driven, or too little is seen in both. */
  readonly sourceView: PhotoView | undefined;
};

/** Makes the swapped label map of a face, and the masks that blending needs later. */
export function swapFace(input: SwapFaceInput): SwapFaceOutput {
  const { size, probabilities, landmarks } = input;
  const replaced = Uint8Array.from(input.regions);
  let labels = input.labels;
  let map: GridMap | undefined;
  let sourceView: PhotoView | undefined;
  let isOpen: Uint8Array | undefined;
  if (landmarks) {
    map = drivenMap(landmarks.driven, landmarks.points, landmarks.visibility, size);
    isOpen = either(
      openBackground(labels, landmarks.points, size, input.outline),
      openHair(labels, landmarks.points, size),
    );
    // The new face covers what it may of background and hair as it covers the neck.
    const behind = isOpen ? asNeck(labels, isOpen) : labels;
    const moved = shapeFace(input, behind, map, size);
    const { driven, visibility } = landmarks;
    sourceView = input.source && photoView(input.source, driven, visibility, size);
    const face =
      input.source &&
      sourceView &&
      driveLabels(input.source, moved.labels, driven, visibility, size, sourceView);
    labels = face ? swapLabelMaps(face, behind, true).labels : moved.labels;
    if (isOpen) asBefore(labels, isOpen, input.labels);
    // A face that changes its shape is replaced whole, whatever takes the source's texture: holes, which were face
    // in the target, are under the mask like the rest of it.
    for (const inner of innerFaceLabels) replaced[inner] = 1;
  } else labels = Uint8Array.from(labels);
  if (replaced.length !== regionCount) {
    throw new RangeError(`regions are [${replaced.length}], expected [R] = [${regionCount}]`);
  }
  const mask = softForeground(probabilities, size, replaced, { low: 0.25, high: 0.75, fadePx: size / 20 });
  keepOccluders(mask, probabilities, size);
  if (isOpen) growMask(mask, labels, isOpen, size);
  let neck: Float32Array | undefined;
  if (input.isNeckKnown !== true) fadeNeck(mask, probabilities, labels, size);
  else if (replaced[label.belowface]) neck = takeNeck(mask, probabilities, labels, size);
  if (input.outline && input.others?.length) {
    leaveOthers(neck ? [mask, neck] : [mask], input.outline, input.others, size);
  }
  const targetSkin = sureSkin(probabilities, size);
  return { labels, mask, neck, targetSkin, targetMap: map, sourceView };
}

// Loops in functions of their own, with arrays and numbers only: V8 compiles each once.

/** Labels with what is open as neck: the face may cover it. */
function asNeck(labels: Uint8Array, isOpen: Uint8Array): Uint8Array {
  const out = labels.slice();
  for (let i = 0; i < out.length; i++) if (isOpen[i] === 1) out[i] = label.belowface;
  return out;
}

/** Gives back, in place, what was open and is not covered. */
function asBefore(labels: Uint8Array, isOpen: Uint8Array, before: Uint8Array): void {
  for (let i = 0; i < labels.length; i++) {
    if (isOpen[i] === 1 && labels[i] === label.belowface) labels[i] = before[i]!;
  }
}

/** 1 where one of two maps is 1; either may be missing. */
function either(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (!a || !b) return a ?? b;
  const out = new Uint8Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! | b[i]!;
  return out;
}
