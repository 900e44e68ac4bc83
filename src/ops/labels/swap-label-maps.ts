import { label, labelSet } from '../../core/regions.ts';

/** A label map to generate into, and where the target showed face that the driven source does not cover. */
export type SwappedMaps = { readonly labels: Uint8Array; readonly holes: Uint8Array };

/** What is written over the target, in the order of the published rule. */
const innerOrder = [label.lip, label.eyebrows, label.eyes, label.nose, label.skin, label.mouth];
const isInner = labelSet(innerOrder);
const keptBehind = labelSet([label.belowface, label.ears, label.ear_rings]);
/** The journal version counts glasses as face. */
const isFace = labelSet([...innerOrder, label.eye_glass]);

/**
 * Swaps label maps as E4S (CVPR 2023) does: the driven source's inner face into the target's head. It covers the
 * target's neck, ears and ear-rings, never its background; glasses stay on top. What is left over becomes skin and
 * is a hole. Source: E4S b.5; fixture mask_swap (exact).
 *
 * Shapes: driven, target [S,S] -> labels [S,S], holes [S,S] (1 = hole).
 *
 * @param isHairInFront the target's hair over the face, where the published default lets the face cover it
 */
export function swapLabelMaps(driven: Uint8Array, target: Uint8Array, isHairInFront = false): SwappedMaps {
  checkSame(driven, target);
  const labels = new Uint8Array(target.length);
  const holes = new Uint8Array(target.length);
  for (let i = 0; i < target.length; i++) {
    const d = driven[i]!;
    const t = target[i]!;
    if (t === label.eye_glass) labels[i] = t;
    else if (t === label.background) labels[i] = 0;
    else if (isHairInFront && t === label.hair) labels[i] = t;
    else if (isInner[d]) labels[i] = d;
    else if (t === label.hair || keptBehind[t]) labels[i] = t;
    else {
      labels[i] = label.skin;
      holes[i] = 1;
    }
  }
  return { labels, holes };
}

/**
 * Swaps label maps as the journal version for video does: the target's hair and glasses over the face, the face over
 * the target's background except above its forehead, holes only below the eyes. Source: E4S d.2; fixture
 * mask_swap_v2 (exact).
 *
 * Shapes: driven, target [S,S] -> labels [S,S], holes [S,S] (1 = hole).
 *
 * @param size S
 */
export function swapLabelMapsHoleFirst(driven: Uint8Array, target: Uint8Array, size: number): SwappedMaps {
  checkSame(driven, target);
  const labels = new Uint8Array(target.length);
  const holes = new Uint8Array(target.length);
  const eyeRow =
    lowestRow(driven, label.eyes, size) ??
    lowestRow(driven, label.eyebrows, size) ??
    Math.floor((size * 2) / 5);
  const forehead = topRows(target, label.skin, size);
  for (let i = 0; i < target.length; i++) {
    const d = driven[i]!;
    const t = target[i]!;
    const row = Math.floor(i / size);
    const top = forehead[i % size]!;
    if (row >= eyeRow && isFace[t] && !isFace[d]) holes[i] = 1;
    const isInFront = t === label.background && top > 0 && row <= top;
    if (t === label.hair || t === label.eye_glass) labels[i] = t;
    else if (isInFront) labels[i] = 0;
    else if (isInner[d]) labels[i] = d;
    else if (d === label.hair && t === label.eyebrows) labels[i] = t;
    else if (t === label.background || keptBehind[t]) labels[i] = t;
    else labels[i] = label.skin;
  }
  return { labels, holes };
}

function checkSame(driven: Uint8Array, target: Uint8Array): void {
  if (driven.length === target.length) return;
  throw new RangeError(`driven labels are [${driven.length}], expected [S,S] = [${target.length}]`);
}

function lowestRow(labels: Uint8Array, wanted: number, size: number): number | undefined {
  const last = labels.lastIndexOf(wanted);
  return last < 0 ? undefined : Math.floor(last / size);
}

/** Topmost row of a label in each column; 0 where there is none (the first row does not count). */
function topRows(labels: Uint8Array, wanted: number, size: number): Int32Array {
  const rows = new Int32Array(size);
  for (let i = labels.length - 1; i >= size; i--)
    if (labels[i] === wanted) rows[i % size] = Math.floor(i / size);
  return rows;
}
