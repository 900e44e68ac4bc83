import {
  innerFaceLabels,
  label,
  regionCount,
  regionNames,
  type RegionName,
  labelSet,
} from '../../core/regions.ts';
import { components } from './components.ts';

/**
 * Smallest piece of each region that is believed, in pixels of a 256 px crop. A piece of background that small inside
 * the face is a slip of the parser, a larger one is something in front.
 */
const smallest: Readonly<Record<RegionName, number>> = {
  background: 24,
  lip: 16,
  eyebrows: 16,
  eyes: 8,
  hair: 48,
  nose: 48,
  skin: 48,
  ears: 24,
  belowface: 48,
  mouth: 6,
  eye_glass: 16,
  ear_rings: 4,
};

/**
 * Gives small islands of a label map to what lies around them, with their probability.
 *
 * Shapes: labels [S,S], probabilities [12,S,S]; both in place.
 *
 * @returns how many islands were given away
 */
export function removeIslands(labels: Uint8Array, probabilities: Float32Array, size: number): number {
  const area = size * size;
  const scale = area / (256 * 256);
  const { ids, classes, areas } = components(labels, size);
  const isSmall = Uint8Array.from(areas, (pixels, id) =>
    pixels < smallest[regionNames[classes[id]!]!] * scale ? 1 : 0,
  );
  if (!isSmall.includes(1)) return 0;
  const contacts = countContacts(ids, Uint8Array.from(classes), isSmall, size);
  // Small pieces that touch only small pieces stay.
  const heirs = Uint8Array.from(classes, (own, id) => {
    const counts = contacts.subarray(id * regionCount, (id + 1) * regionCount);
    const most = Math.max(...counts);
    return isSmall[id] && most > 0 ? counts.indexOf(most) : own;
  });
  for (let i = 0; i < area; i++) {
    const id = ids[i]!;
    if (isSmall[id]) give(labels, probabilities, area, i, heirs[id]!);
  }
  return heirs.reduce((count, heir, id) => count + (heir === classes[id] ? 0 : 1), 0);
}

/** Along how many edges each small piece touches each region of pieces that are not small: [pieces,12]. */
function countContacts(ids: Int32Array, classes: Uint8Array, isSmall: Uint8Array, size: number): Int32Array {
  const contacts = new Int32Array(classes.length * regionCount);
  for (let i = 0; i < ids.length; i++) {
    const a = ids[i]!;
    if (i % size !== size - 1) touch(contacts, classes, isSmall, a, ids[i + 1]!);
    if (i + size < ids.length) touch(contacts, classes, isSmall, a, ids[i + size]!);
  }
  return contacts;
}

function touch(contacts: Int32Array, classes: Uint8Array, isSmall: Uint8Array, a: number, b: number): void {
  if (a === b || isSmall[a] === isSmall[b]) return;
  const [small, large] = isSmall[a] ? [a, b] : [b, a];
  contacts[small * regionCount + classes[large]!]! += 1;
}

const isInner = labelSet([...innerFaceLabels, label.eye_glass]);

/**
 * Makes background of the inner face of others: of pieces of inner face apart from the largest one in the middle,
 * unless most of them lies where the face itself is (beyond a finger, a strand of hair, a temple).
 *
 * Shapes: labels [S,S], probabilities [12,S,S]; both in place.
 */
export function keepMainFace(labels: Uint8Array, probabilities: Float32Array, size: number): void {
  const area = size * size;
  const inner = new Uint8Array(area);
  for (let i = 0; i < area; i++) inner[i] = isInner[labels[i]!]!;
  const { ids, classes, areas } = components(inner, size);
  if (classes.filter((isFace) => isFace === 1).length < 2) return;
  // Where a face lies in its own FFHQ square, generously.
  const within = new Int32Array(areas.length);
  for (let i = 0; i < area; i++) {
    const x = ((i % size) + 0.5) / size;
    const y = (Math.floor(i / size) + 0.5) / size;
    if (((x - 0.5) / 0.36) ** 2 + ((y - 0.57) / 0.43) ** 2 < 1) within[ids[i]!]! += 1;
  }
  let main = -1;
  classes.forEach((isFace, id) => {
    if (isFace && (main < 0 || within[id]! > within[main]!)) main = id;
  });
  const isOther = classes.map((isFace, id) => isFace === 1 && id !== main && within[id]! < 0.5 * areas[id]!);
  if (!isOther.includes(true)) return;
  for (let i = 0; i < area; i++) {
    if (isOther[ids[i]!]) give(labels, probabilities, area, i, label.background);
  }
}

/** Gives a pixel to another region, with the probability of its own. */
function give(labels: Uint8Array, probabilities: Float32Array, area: number, i: number, heir: number): void {
  const from = labels[i]! * area + i;
  const to = heir * area + i;
  if (from === to) return;
  probabilities[to]! += probabilities[from]!;
  probabilities[from] = 0;
  labels[i] = heir;
}
