import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { lastValueFrom, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { TrackedFace } from '../../src/core/faces.ts';
import type { Box } from '../../src/core/geometry.ts';
import type { Item } from '../../src/core/item.ts';
import type { OpenRole } from '../../src/nets/opened.ts';
import { boxOverlap } from '../../src/ops/geometry/boxes.ts';
import { findFaces } from '../../src/pipeline/find-faces.ts';
import { readVideo } from '../../src/pipeline/run-video.ts';
import { follow, type Seen } from '../helpers/follow.ts';
import { openMini } from '../helpers/mini-nets.ts';
import { noPublicNets, openPublic } from '../helpers/public-nets.ts';

const samples = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'samples');

type TrueFace = {
  readonly person: string;
  readonly box: readonly [number, number, number, number];
  readonly seen: number;
};
type Truth = { readonly frames: readonly { readonly faces: readonly TrueFace[] }[] };

type Outcome = {
  /** Ids under which each person was seen, while at least half of the face was in sight. */
  readonly ids: ReadonlyMap<string, ReadonlySet<number>>;
  /** Share of the faces, at least half in sight, that were found. */
  readonly found: number;
  /** Faces shown, not bridged, where nobody is. */
  readonly wrong: number;
};

async function followSample(name: string, open: OpenRole): Promise<Outcome> {
  const truth = JSON.parse(
    gunzipSync(readFileSync(join(samples, 'truth', `${name}.json.gz`))).toString(),
  ) as Truth;
  const ids = new Map<string, Set<number>>();
  let [total, found, wrong] = [0, 0, 0];
  const look = ({ frame, faces }: Item<TrackedFace>): void => {
    const people = truth.frames[frame.index]!.faces.map(({ box: [x, y, w, h], ...rest }) => ({
      ...rest,
      box: { x, y, w, h },
    }));
    const near = (box: Box, other: Box): boolean => boxOverlap(box, other) > 0.4;
    for (const { person, box, seen } of people.filter((one) => one.seen >= 0.5)) {
      total += 1;
      const mine = [...faces].sort((a, b) => boxOverlap(b.box, box) - boxOverlap(a.box, box))[0];
      if (!mine || !near(mine.box, box) || seen < 0.5) continue;
      found += 1;
      ids.set(person, (ids.get(person) ?? new Set()).add(mine.trackId));
    }
    wrong += faces.filter(
      ({ isBridged, box }) => !isBridged && people.every((one) => boxOverlap(one.box, box) < 0.2),
    ).length;
  };
  await lastValueFrom(
    readVideo({ target: join(samples, `${name}.mp4`), work: findFaces({ open }) }).pipe(
      tap((item) => {
        look(item as Item<TrackedFace>);
        item.release();
      }),
    ),
  );
  return { ids, found: found / total, wrong };
}

const networks = [
  { name: 'mini', open: openMini, isHere: true },
  { name: 'YuNet and the face mesh', open: openPublic, isHere: !noPublicNets },
];

describe.runIf(existsSync(join(samples, 'cross.mp4')))('faces of the samples', () => {
  it.each(networks.filter(({ isHere }) => isHere))(
    'two who cross keep their ids ($name)',
    async ({ open }) => {
      const { ids, found, wrong } = await followSample('cross', open);
      const [eve, finn] = [[...ids.get('eve')!], [...ids.get('finn')!]];
      expect(eve).toHaveLength(1);
      expect(finn).toHaveLength(1);
      expect(eve).not.toEqual(finn);
      expect(found).toBeGreaterThan(0.95);
      expect(wrong).toBeLessThanOrEqual(2);
    },
  );

  it('two look the same from wherever following them began, bit for bit', async () => {
    const target = join(samples, 'cross.mp4');
    const looksOf = ({ faces }: Seen): unknown[] =>
      [...faces]
        .sort((a, b) => a.box.x - b.box.x)
        .map(({ box, appearance }) => ({ box, looks: [...(appearance?.vector ?? [])] }));
    const [whole, part] = [
      await follow(target, { open: openMini }),
      await follow(target, { open: openMini }, { kind: 'frames', first: 20, last: 99 }),
    ];
    expect(part.slice(40).map(looksOf)).toEqual(whole.slice(60).map(looksOf));
    expect(whole.slice(60).some((seen) => looksOf(seen).length === 2)).toBe(true);
  });

  it('one who leaves for two seconds comes back with the same id', async () => {
    const { ids, found } = await followSample('leave', openMini);
    expect([...ids.get('ines')!]).toHaveLength(1);
    expect(found).toBeGreaterThan(0.9);
  });

  it('two persons on both sides of a cut are two', async () => {
    const { ids } = await followSample('cut', openMini);
    expect([...ids.get('gil')!]).toHaveLength(1);
    expect([...ids.get('hana')!]).toHaveLength(1);
    expect(ids.get('gil')).not.toEqual(ids.get('hana'));
  });
});
