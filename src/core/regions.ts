/** The twelve regions in E4S order: a region's index is its label in every label map. */
export const regionNames = [
  'background',
  'lip',
  'eyebrows',
  'eyes',
  'hair',
  'nose',
  'skin',
  'ears',
  'belowface',
  'mouth',
  'eye_glass',
  'ear_rings',
] as const;

export type RegionName = (typeof regionNames)[number];

/** How many regions there are: 12. */
export const regionCount = regionNames.length;

/** Label of each region, by name. */
export const label: Readonly<Record<RegionName, number>> = Object.fromEntries(
  regionNames.map((name, index) => [name, index]),
) as Record<RegionName, number>;

/** Regions whose texture comes from the source by default (`--regions face`; E4S b.6 with counting). */
export const faceRegions: readonly RegionName[] = [
  'lip',
  'eyebrows',
  'eyes',
  'nose',
  'skin',
  'ears',
  'belowface',
  'mouth',
];

/** Labels of the inner face: what the mask swap takes from the driven source (E4S b.5). */
export const innerFaceLabels: readonly number[] = [1, 2, 3, 5, 6, 9];

/** Makes a table of labels to ask by label: 1 for those given, length 12. */
export function labelSet(labels: Iterable<number>): Uint8Array {
  const out = new Uint8Array(regionCount);
  for (const one of labels) out[one] = 1;
  return out;
}

/** 1 for the labels of the inner face. */
export const isInnerLabel: Readonly<Uint8Array> = labelSet(innerFaceLabels);

/** True when `name` is one of the twelve regions. */
export function isRegionName(name: string): name is RegionName {
  return (regionNames as readonly string[]).includes(name);
}
