import { decodeHolds } from '../stages/decode.ts';

/** Frames in flight besides those that the stages hold: one on its way between two stages. */
const between = 1;

/** Frames the encoder holds: the one ffmpeg is taking and the one that waits for it. */
const encodeHolds = 2;

/**
 * Buffers a run needs so that no stage waits for itself: all that its stages can hold (concurrency + lookahead),
 * what the decoder fills, what the encoder or the subscriber holds, and one between.
 */
export function poolSize({
  work,
  sink = encodeHolds,
}: {
  /** Σ over the stages of (concurrency + lookahead). */
  readonly work: number;
  readonly sink?: number;
}): number {
  return decodeHolds + work + sink + between;
}
