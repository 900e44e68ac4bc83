import { tap, lastValueFrom } from 'rxjs';
import type { ParsedFace, TrackedFace } from '../src/core/faces.ts';
import type { Item } from '../src/core/item.ts';
import type { Role } from '../src/core/profile.ts';
import type { Scope } from '../src/core/scope.ts';
import { readProfile } from '../src/models/read-profile.ts';
import { chooseDevice } from '../src/nets/choose-device.ts';
import type { OpenRole } from '../src/nets/opened.ts';
import { openRole } from '../src/nets/open-role.ts';
import { alignAndParse, type AlignAndParseOptions } from '../src/pipeline/align-and-parse.ts';
import { findFaces } from '../src/pipeline/find-faces.ts';
import { readVideo } from '../src/pipeline/run-video.ts';

/** Opens a profile's networks on the processor. */
export async function openProfile(name: string): Promise<OpenRole> {
  const [profile, device] = await Promise.all([readProfile(name, { env: process.env }), chooseDevice('cpu')]);
  return (role: Role, scope: Scope) => openRole(role, profile.roles[role], device, scope);
}

export type FaceRun = {
  readonly frames: number;
  /** From the first frame decoded to the last one parsed; opening the networks lies between. */
  readonly framesPerSecond: number;
  /** Mean milliseconds a frame spends in each stage, waiting for workers and networks included. */
  readonly stageMilliseconds: Readonly<Record<string, number>>;
  readonly cpuMillisecondsPerFrame: number;
};

/**
 * Runs detect, track, (refine,) align and parse over a clip and shows each frame's faces: as tracked (raw landmarks) and as
 * parsed (steadied).
 */
export async function runFaces(
  target: string,
  open: OpenRole,
  options: Pick<AlignAndParseOptions, 'smooth' | 'isLowLatency' | 'isRefined'>,
  look: (frameIndex: number, parsed: readonly ParsedFace[], tracked: readonly TrackedFace[]) => void,
): Promise<FaceRun> {
  const find = findFaces({ open });
  const see = alignAndParse({ open, cropSize: 256, ...options });
  const tracked = new Map<number, readonly TrackedFace[]>();
  let stages: Readonly<Record<string, number>> = {};
  const at: { wall: number; cpu: number }[] = [];
  let startedAt: { wall: number; cpu: number } | undefined;
  const now = (): { wall: number; cpu: number } => {
    const { user, system } = process.cpuUsage();
    return { wall: performance.now(), cpu: (user + system) / 1000 };
  };
  const work = {
    holds: find.holds + see.holds,
    in: (context: Parameters<typeof find.in>[0]) => (items: Parameters<ReturnType<typeof find.in>>[0]) =>
      items.pipe(
        tap(() => {
          startedAt ??= now();
        }),
        find.in(context),
        tap((item) => {
          tracked.set(item.frame.index, item.faces);
        }),
        see.in(context),
        tap((item) => {
          at.push(now());
          stages = context.timings.means();
          look(item.frame.index, item.faces, tracked.get(item.frame.index) ?? []);
          tracked.delete(item.frame.index);
        }),
      ),
  };
  const release = tap((item: Item<unknown>) => {
    item.release();
  });
  await lastValueFrom(readVideo({ target, work }).pipe(release), { defaultValue: undefined });
  const frames = at.length;
  const [first, last] = [startedAt ?? now(), at.at(-1) ?? now()];
  return {
    frames,
    framesPerSecond: (frames / (last.wall - first.wall)) * 1000,
    stageMilliseconds: stages,
    cpuMillisecondsPerFrame: (last.cpu - first.cpu) / frames,
  };
}
