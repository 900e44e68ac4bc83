/** What is remembered of the neck below a face's crop; shared memory, so that handing it round costs nothing. All [B,S] 0…1. */
export type NeckMemory = {
  /** Probability of neck. */
  readonly neck: Float32Array;
  /** Probability of background. */
  readonly background: Float32Array;
  /** A second memory, begun later, that will take the first one's place; undefined while there is one only. */
  readonly young: Omit<NeckMemory, 'young'> | undefined;
};

/**
 * Change of the background's probability up to which it is taken for the parser's own unrest, and from which for
 * something that comes in front or goes away, of which nothing old may stay: a hand has the colour of a face, and
 * the picture hardly changes when it comes.
 */
const unrest = 0.15;
const upset = 0.4;

/** A neck does not move with the face that the crop follows: less of what was known stays than of the face. */
const stays = 0.5;

/** How much of what was known of a pixel may stay, 0…1, from its probability of background now and before. */
export function calmShare(now: number, before: number): number {
  const change = Math.abs(now - before);
  return change <= unrest ? 1 : change >= upset ? 0 : (upset - change) / (upset - unrest);
}

/**
 * Steadies what the parser says of the neck below a crop with what was known a frame before, as `steadyLabels` does it
 * above. Memories are two there and here, so that a frame has nothing of what was before the last turn but one.
 *
 * Pure: `before` is only read.
 */
export function steadyNeck(
  now: Omit<NeckMemory, 'young'>,
  before: NeckMemory | undefined,
  { keep, isTurn }: { readonly keep: number; readonly isTurn: boolean },
): NeckMemory {
  const fresh = { neck: shared(now.neck), background: shared(now.background) };
  if (keep === 0) return { ...fresh, young: undefined };
  const base = (isTurn && before?.young) || before;
  const steady = base ? mix(now, base, keep) : fresh;
  if (isTurn) return { ...steady, young: fresh };
  return { ...steady, young: before?.young && mix(now, before.young, keep) };
}

function mix(
  now: Omit<NeckMemory, 'young'>,
  before: Omit<NeckMemory, 'young'>,
  keep: number,
): Omit<NeckMemory, 'young'> {
  const neck = shared(now.neck);
  const background = shared(now.background);
  mixInto(neck, background, before.neck, before.background, keep);
  return { neck, background };
}

function mixInto(
  neck: Float32Array,
  background: Float32Array,
  neckBefore: Float32Array,
  backgroundBefore: Float32Array,
  keep: number,
): void {
  for (let i = 0; i < neck.length; i++) {
    const share = stays * keep * calmShare(background[i]!, backgroundBefore[i]!);
    neck[i]! += share * (neckBefore[i]! - neck[i]!);
    background[i]! += share * (backgroundBefore[i]! - background[i]!);
  }
}

function shared(values: Float32Array): Float32Array {
  const out = new Float32Array(new SharedArrayBuffer(values.length * 4));
  out.set(values);
  return out;
}
