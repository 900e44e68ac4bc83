import { ModelError } from '../core/errors.ts';
import type { NetworkEntry, Profile, Role } from '../core/profile.ts';
import type { Scope } from '../core/scope.ts';
import { probeMedia } from '../media/probe.ts';
import { readProfile } from '../models/read-profile.ts';
import { openSafetensors } from '../models/safetensors.ts';
import { openKept } from '../nets/open-kept.ts';
import { placeRoles, type RoleNet } from '../nets/open-role.ts';
import type { OpenRole } from '../nets/opened.ts';
import { rowsBelow } from '../nets/parser.ts';
import { rgiOfLargerCrops } from '../nets/larger-crops.ts';
import { rgiOf } from '../nets/rgi.ts';
import type { ShapeBasis } from '../ops/drive/shape-basis.ts';
import { dependsOnFace, resolutionsOf, sidesAt } from './choose-resolution.ts';
import { faceHistory } from './face-history.ts';
import { bridgeFramesAt, findFaces } from './find-faces.ts';
import { largestCropSide } from './largest-face.ts';
import { readLikeness } from './likeness.ts';
import type { SwapPlan } from './plan.ts';
import { alignAndParse } from './align-and-parse.ts';
import type { OpenedTools, OpenTools } from './run-swap.ts';
import { deviceFor, forgetDevice } from './remembered-device.ts';
import { readSource } from './source.ts';
import { readTargetLight } from './target-light.ts';
import type { OpenTexture, SwapTools } from './swap-work.ts';

/**
 * Reads the plan's profile, chooses the device, and gives what a swap is made with. Networks are opened later, on
 * first use, in the run's scope. For a range, the target's faces are followed from the file's beginning, so that their
 * ids are those of the whole file.
 *
 * @throws {ModelError} when the profile lacks a network or a file is damaged
 * @throws {DeviceError} when a device asked for by name does not work here
 */
export async function openTools(
  plan: SwapPlan,
  { env = process.env, target, video, isHasty, tell, signal }: Parameters<OpenTools>[1] = {},
): Promise<OpenedTools> {
  const [profile, device, media] = await Promise.all([
    readProfile(plan.profile, { env }),
    deviceFor(plan.device, { env }),
    video === undefined ? undefined : probeMedia(video, { env, signal }),
  ]);
  const about: LookAbout = {
    env,
    target: video === undefined || !media ? undefined : { video, frame: media.video },
    signal,
  };
  const openAsGiven: OpenRole = (role, scope) => openKept(role, profile.roles[role], device, scope);
  const atFirst = await rolesAt(plan, profile.roles, openAsGiven, { ...about, isHasty });
  const { roles } = atFirst;
  const placed = await placeRoles(roles, device);
  // Found to work, and opens nothing now: next time it is tried anew.
  const isOther = Object.values(placed).some(({ chosen }) => chosen.provider !== device.provider);
  if (!device.isAskedFor && isOther) await forgetDevice(env);
  const open = (role: Role, scope: Scope): Promise<RoleNet> =>
    openKept(role, roles[role], placed[role]?.chosen ?? device, scope);
  const every = plan.detectEvery;
  const bridgeFrames = bridgeFramesAt(media?.video.averageRate ?? media?.video.nominalRate);
  const history =
    target === undefined ? undefined : faceHistory({ target, open, every, bridgeFrames, env, tell, signal });
  const likePhotos = plan.entries.flatMap(({ faces }) => (faces.kind === 'like' ? [faces.photo] : []));
  const track = findFaces({ open, every, bridgeFrames, history });
  const quickTrack = findFaces({ open, every, bridgeFrames, isPrompt: true, isQuick: true });
  // Photos are no part of the file.
  const trackPhotos = findFaces({ open, every });
  const basis = readBasis(roles.landmarks);
  const unlike =
    likePhotos.length === 0 ? undefined : await readLikeness(likePhotos, trackPhotos, () => undefined);
  const openTexture = async (cropSize: number, scope: Scope): Promise<OpenTexture> => {
    const [encoder, mapper, generator] = await Promise.all([
      open('encoder', scope),
      open('mapper', scope),
      open('generator', scope),
    ]);
    const rgi = rgiOf({ encoder: encoder.net, mapper: mapper.net, generator: generator.net }, encoder.entry);
    const factor = cropSize / numberParam(generator.entry, 'size');
    return {
      ...(factor === 1 ? rgi : rgiOfLargerCrops(rgi, factor)),
      isSmall: generator.entry.params?.['isSmall'] === true,
    };
  };
  const toolsAt = (cropSize: number): SwapTools => {
    const parse = alignAndParse({
      open,
      isRefined: roles.refiner !== undefined,
      cropSize,
      rowsBelow: rowsBelow(roles.parser, cropSize),
      smooth: plan.smooth,
    });
    return {
      track,
      quickTrack,
      freshTrack: trackPhotos,
      hasHistory: history !== undefined,
      parse,
      openTexture: (scope) => openTexture(cropSize, scope),
      readLight:
        video === undefined
          ? undefined
          : (scope) => readTargetLight(video, { track: quickTrack, parse, scope, signal, env }),
      basis,
      unlike,
      readSources: async (texture, context) => {
        const entries = [];
        for (const entry of plan.entries) {
          entries.push(
            await readSource(entry, {
              texture,
              context,
              sourceFace: plan.sourceFace,
              readFaces: (own) => (items) => items.pipe(trackPhotos.in(own), parse.in(own)),
            }),
          );
        }
        return entries;
      },
    };
  };
  const tools = toolsAt(atFirst.cropSize);
  const settle = async (): Promise<SwapTools | undefined> => {
    const { cropSize } = await rolesAt(plan, profile.roles, openAsGiven, about);
    return cropSize === atFirst.cropSize ? undefined : toolsAt(cropSize);
  };
  return {
    tools: atFirst.isLookLeft ? { ...tools, settle } : tools,
    devices: Object.fromEntries(Object.entries(placed).map(([role, place]) => [role, place.device])),
    profile: `${profile.name} ${profile.version}`,
  };
}

/** What is known of the target, and how it is looked at. */
type LookAbout = {
  readonly target:
    | { readonly video: string; readonly frame: { readonly width: number; readonly height: number } }
    | undefined;
  readonly signal: AbortSignal | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True: the target is looked through now only where another generator might be taken. */
  readonly isHasty?: boolean | undefined;
};

/** The profile's networks, the generator at the side that is wanted, and the side of the crops. */
async function rolesAt(
  { resolution }: SwapPlan,
  roles: Profile['roles'],
  open: OpenRole,
  { target, signal, env, isHasty }: LookAbout,
): Promise<{
  readonly roles: Profile['roles'];
  readonly cropSize: number;
  /** True: a look through the target may tell of a better size of crops. */
  readonly isLookLeft: boolean;
}> {
  const { generator: entry } = roles;
  const full = numberParam(entry, 'size');
  if (!entry) return { roles, cropSize: full, isLookLeft: false };
  // The target is looked through only where it matters. Crops may change their size later, the generator may not.
  const isOpen = resolution === 'auto' && target !== undefined && dependsOnFace(entry, target.frame);
  const isLookLeft = isOpen && isHasty === true && resolutionsOf(entry).length === 1;
  const isLooked = isOpen && !isLookLeft;
  const largest = isLooked ? await largestCropSide(target.video, { open, signal, env }) : undefined;
  const { generator, cropSize } = sidesAt(entry, resolution, largest);
  return { roles: { ...roles, generator }, cropSize, isLookLeft };
}

/** The head model beside the landmark network, if it has one. */
function readBasis(landmarks: NetworkEntry | undefined): ShapeBasis | undefined {
  const file = landmarks?.extras?.['basis']?.file;
  if (file === undefined) return undefined;
  const weights = openSafetensors(file);
  try {
    return {
      mean: weights.read('mean'),
      identity: weights.read('identity'),
      expression: weights.read('expression'),
    };
  } finally {
    weights.close();
  }
}

function numberParam(entry: NetworkEntry | undefined, name: string): number {
  const value = entry?.params?.[name];
  if (typeof value === 'number') return value;
  throw new ModelError(`The manifest does not say params.${name} of ${entry?.file ?? 'the generator'}.`, {
    code: 'MODEL_MANIFEST_INVALID',
    hint: 'Import the checkpoint again with "facet models import".',
  });
}
