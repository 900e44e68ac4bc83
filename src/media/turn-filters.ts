import type { DisplayMatrix } from '../core/media.ts';

/**
 * ffmpeg filters that do to the pixels what a display matrix tells a player to do, for containers that cannot
 * hold one. Quarter turns and mirrorings only, which move pixels and change none; others turn by the angle.
 */
export function turnFilters(matrix: DisplayMatrix | undefined): readonly string[] {
  if (!matrix) return [];
  const [a = 65536, b = 0, , c = 0, d = 65536] = matrix;
  const sign = (value: number): number => (Math.abs(value) < 1024 ? 0 : Math.sign(value));
  const key = [sign(a), sign(b), sign(c), sign(d)].join(',');
  switch (key) {
    case '1,0,0,1':
      return [];
    case '0,1,-1,0':
      return ['transpose=clock'];
    case '-1,0,0,-1':
      return ['hflip', 'vflip'];
    case '0,-1,1,0':
      return ['transpose=cclock'];
    case '-1,0,0,1':
      return ['hflip'];
    case '1,0,0,-1':
      return ['vflip'];
    case '0,1,1,0':
      return ['transpose=cclock_flip'];
    case '0,-1,-1,0':
      return ['transpose=clock_flip'];
    default:
      return [`rotate=${Math.atan2(b, a)}:ow=rotw(${Math.atan2(b, a)}):oh=roth(${Math.atan2(b, a)})`];
  }
}
