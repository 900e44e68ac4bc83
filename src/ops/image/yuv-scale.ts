import type { ColorFacts } from '../../core/frame.ts';

const weights = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020: [0.2627, 0.0593] } as const;

/** What luma levels mean: 0…1 = (level − base) / span, luma = kr R + kg G + kb B. */
export type LumaScale = {
  readonly base: number;
  readonly span: number;
  readonly kr: number;
  readonly kg: number;
  readonly kb: number;
};

/** What chroma levels mean: −0.5…0.5 = (level − middle) / span. */
export type ChromaScale = { readonly middle: number; readonly span: number };

/** Gives the luma levels of a stream's colour facts. */
export function lumaScale(color: ColorFacts, bitDepth: number): LumaScale {
  const [kr, kb] = weights[color.matrix];
  const peak = (1 << bitDepth) - 1;
  const unit = (peak + 1) / 256;
  const [base, span] = color.range === 'full' ? [0, peak] : [16 * unit, 219 * unit];
  return { base, span, kr, kg: 1 - kr - kb, kb };
}

/** Gives the chroma levels of a stream's colour facts. */
export function chromaScale(color: ColorFacts, bitDepth: number): ChromaScale {
  const peak = (1 << bitDepth) - 1;
  const unit = (peak + 1) / 256;
  return { middle: 128 * unit, span: color.range === 'full' ? peak : 224 * unit };
}
