/** An exact fraction, e.g. a time base 1/12800 s or a frame rate 30000/1001. */
export type Rational = { readonly num: number; readonly den: number };

/** Parses ffmpeg's `a/b` or `a:b`; undefined when it is neither or has a zero denominator. */
export function parseRational(text: string): Rational | undefined {
  const match = /^(-?\d+)[/:](\d+)$/.exec(text.trim());
  if (!match) return undefined;
  const num = Number(match[1]);
  const den = Number(match[2]);
  return den === 0 ? undefined : { num, den };
}

/** The fraction as a number; for people and options, never for comparing times. */
export function toNumber({ num, den }: Rational): number {
  return num / den;
}
