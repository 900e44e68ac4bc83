import { ModelError } from '../core/errors.ts';
import type { Weights } from '../core/weights.ts';

/** Weights that remember which of their tensors were read. */
export type WatchedWeights = Weights & {
  /**
   * Checks that every tensor was read or is known to be unused: a checkpoint of a similar but different network must
   * not be taken for the right one.
   *
   * @throws {ModelError} MODEL_UNSUPPORTED naming a tensor
   */
  checkAllKnown(what: string, unused: readonly RegExp[]): void;
};

export function watchWeights(weights: Weights): WatchedWeights {
  const used = new Set<string>();
  return {
    keys: weights.keys,
    dims: (key) => weights.dims(key),
    read(key) {
      used.add(key);
      return weights.read(key);
    },
    checkAllKnown(what, unused) {
      const rest = weights.keys.filter((key) => !used.has(key) && !unused.some((rule) => rule.test(key)));
      if (rest.length === 0) return;
      const more = rest.length > 1 ? ` and ${rest.length - 1} more` : '';
      throw new ModelError(`The checkpoint has a tensor "${rest[0]!.slice(0, 80)}"${more} that ${what} lacks.`, {
        code: 'MODEL_UNSUPPORTED',
        hint: 'It is of another version of the network, which facet does not know.',
      });
    },
  };
}
