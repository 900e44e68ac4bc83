import { regionCount } from '../../core/regions.ts';

/** A colour for every label, for people to look at: far apart from its neighbours in a face, and from skin. */
export const labelColors: readonly (readonly [number, number, number])[] = [
  [0, 0, 0], // background: never drawn
  [228, 62, 92], // lip
  [141, 92, 42], // eyebrows
  [36, 132, 232], // eyes
  [122, 86, 196], // hair
  [246, 178, 60], // nose
  [92, 190, 130], // skin
  [232, 120, 52], // ears
  [66, 158, 168], // belowface
  [250, 240, 240], // mouth
  [64, 224, 232], // eye_glass
  [236, 104, 214], // ear_rings
];
if (labelColors.length !== regionCount) throw new RangeError('One colour a region is needed.');
