import type { AlignedFace, ParsedFace } from '../core/faces.ts';
import type { Item } from '../core/item.ts';
import type { Scope } from '../core/scope.ts';
import type { ParserNet } from '../nets/parser.ts';
import type { PixelPool } from '../nets/pixels.ts';
import type { LabelMemory } from '../ops/labels/steady-labels.ts';
import { defineStage, type Stage } from './define-stage.ts';

export type ParseOptions = {
  readonly openParser: (scope: Scope) => Promise<ParserNet>;
  readonly openPixels: (scope: Scope) => PixelPool;
  /** How much of a pixel's last label probabilities stays where the picture has not changed, 0…0.9; 0 = off. */
  readonly keep: number;
  /** Every how many frames of the file the label memory turns: what was read before the last turn but one is forgotten. */
  readonly turnEvery?: number | undefined;
};

/** What a track's last frame knew. */
type Known = {
  readonly frameIndex: number;
  readonly isBridged: boolean;
  readonly memory: Promise<LabelMemory>;
};

/**
 * Adds the label map and the class probabilities to every aligned face, steadied over time along the face's own
 * motion; never across a scene cut or a bridged gap. While one frame's labels are steadied, the network works on the
 * next.
 *
 * Label maps and probabilities lie in shared memory, so that workers read them without a copy.
 */
export function parse(options: ParseOptions): Stage<Item<AlignedFace>, Item<ParsedFace>> {
  return defineStage({
    name: 'parse',
    concurrency: 2,
    lookahead: 0,
    async open({ scope }) {
      const pixels = options.openPixels(scope);
      const parser = await options.openParser(scope);
      let known = new Map<number, Known>();
      const parseOne = (
        face: AlignedFace,
        item: Item<AlignedFace>,
        next: Map<number, Known>,
      ): Promise<ParsedFace> => {
        const { trackId, isBridged, crop, cropSize, below } = face;
        const { index, isSceneStart } = item.frame;
        const last = known.get(trackId);
        const isNext = last?.frameIndex === index - 1 && last.isBridged === isBridged && !isSceneStart;
        const read = async () => {
          const fresh = await parser.run(crop, cropSize, below);
          const before = isNext ? await last.memory : undefined;
          const { keep, turnEvery } = options;
          const isTurn = turnEvery !== undefined && index % turnEvery === 0;
          const rowsBelow = below?.rows ?? 0;
          const input = {
            size: cropSize,
            fresh,
            netSize: parser.size,
            crop,
            rowsBelow,
            before,
            keep,
            isTurn,
          };
          return pixels.run('steadyLabels', input, [fresh]);
        };
        const work = read();
        const memory = work.then((steadied) => steadied.memory);
        // Whoever awaits the face hears of a failure; the next frame's wait for it is not to be another one.
        memory.catch(() => undefined);
        next.set(trackId, { frameIndex: index, isBridged, memory });
        return work.then(({ labels, probabilities, memory }) => ({
          ...face,
          labels,
          probabilities,
          neckBelow: memory.neckBelow?.neck,
        }));
      };
      return {
        async process(item) {
          const next = new Map<number, Known>();
          const work = item.faces.map((face) => parseOne(face, item, next));
          known = next;
          try {
            return [item.with(await Promise.all(work))];
          } finally {
            // The frame goes back when this ends: nothing of it may still be at work.
            await Promise.allSettled(work);
          }
        },
      };
    },
  });
}
