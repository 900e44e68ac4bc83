import { boxOverlap } from '../geometry/boxes.ts';
import type { Appearance } from '../../core/faces.ts';
import { appearanceDistance, meanAppearance } from './appearance.ts';
import { assign } from './assign.ts';
import type { Look } from './detector-views.ts';
import { boxOfMotion, predictMotion, startMotion, updateMotion, type Motion } from './motion.ts';
import { clearYaw, type Sighting } from './sighting.ts';

/** One stretch of a face's life on screen: from its birth to its loss or to a cut. */
export type Track = {
  readonly key: number;
  /** The person's id, from the frame on in which the track is sure. */
  trackId: number | undefined;
  motion: Motion;
  last: Sighting;
  readonly firstSeen: number;
  lastSeen: number;
  /** Seen often enough to be no mistake. */
  isSure: boolean;
  /** Last sight that the detector agreed with. */
  lastDetected: number;
  /** What was seen there. */
  detected: Sighting;
  hits: number;
  detections: number;
  /** True when the detector saw it in a usual look, so that it should again. */
  isUsual: boolean;
  /** Detector runs in a row that did not see it. */
  missedDetections: number;
  appearance: Appearance | undefined;
  appearanceCount: number;
};

/** Somebody who was on screen, to be known again. */
export type Person = {
  readonly id: number;
  appearance: Appearance | undefined;
  appearanceCount: number;
};

/** All that tracking remembers from one frame to the next; plain data. */
export type TrackerState = {
  readonly tracks: Track[];
  readonly persons: Person[];
  nextKey: number;
  /** The frame that was taken in last. */
  lastIndex: number;
};

export type TrackerOptions = {
  /** Score that a new face's detection must have. */
  readonly birthScore: number;
  /** Presence that a new face must have, and one that stays. */
  readonly birthPresence: number;
  readonly keepPresence: number;
  /** True when the landmark network tells presence; else a face is given up when the detector misses it twice. */
  readonly hasPresence: boolean;
  /** Frames after which an unseen face is given up. */
  readonly bridgeFrames: number;
};

/** Sightings of a track after a frame were nothing; the one in it was the last. */
export type Taken = { readonly key: number; readonly after: number; readonly sighting: Sighting };

/** What a frame changed. */
export type TrackerStep = {
  /** Who was seen: sighting by track key. */
  readonly seen: ReadonlyMap<number, Sighting>;
  /** Tracks whose sightings after a frame turned out to be nothing. */
  readonly taken: readonly Taken[];
};

export function newTracker(): TrackerState {
  return { tracks: [], persons: [], nextKey: 0, lastIndex: -1 };
}

/** Sights of a face that make a track sure. */
const sureHits = 3;
/** A detection of this score needs no second one. */
const sureScore = 0.8;
/** Frames that a new face is looked at before it is told who it is; the look-ahead must be longer. */
const nameAfter = 24;

/** True for a face that was seen in the frame that came last: its landmarks tell where to look. */
export function isLive({ lastSeen }: Track, { lastIndex }: TrackerState): boolean {
  return lastSeen === lastIndex;
}

/**
 * Takes the sightings of one frame into the tracks: pairs them by place, size, motion and looks; begins tracks with
 * detections that nobody claims; gives up what is unseen for too long; names those that are sure.
 */
export function trackFrame(
  state: TrackerState,
  index: number,
  sightings: readonly Sighting[],
  look: Look,
  options: TrackerOptions,
): TrackerStep {
  const { tracks } = state;
  const pairs = assign(
    tracks.map((track) => sightings.map((sighting) => pairCost(track, sighting, index, options))),
    1,
  );
  const seen = new Map<number, Sighting>();
  const taken: Taken[] = [];
  const isClaimed = new Set<number>();
  tracks.forEach((track, t) => {
    const s = pairs[t]!;
    if (s < 0) return;
    isClaimed.add(s);
    const sighting = sightings[s]!;
    const isAlone = sightings.every((other, o) => o === s || boxOverlap(other.box, sighting.box) < 0.1);
    see(track, sighting, index, look, isAlone);
    seen.set(track.key, sighting);
    // A face too small for the usual look is not missed by it.
    const isLookedFor = look === 'thorough' || (look === 'usual' && track.isUsual);
    if (sighting.isDetected || !isLookedFor) return;
    track.missedDetections += 1;
    if (track.missedDetections < missesAllowed(track, options)) return;
    // Landmarks without a face under them: what was seen since the last detection was none.
    taken.push({ key: track.key, after: track.lastDetected, sighting: track.detected });
    seen.delete(track.key);
    track.lastSeen = track.lastDetected;
    track.last = track.detected;
    track.motion = { ...track.motion, ...startMotion(track.detected.box) };
  });
  sightings.forEach((sighting, s) => {
    if (isClaimed.has(s) || !sighting.isDetected) return;
    if (sighting.score < options.birthScore || sighting.presence < options.birthPresence) return;
    const track = begin(state.nextKey++, sighting, index, look);
    tracks.push(track);
    seen.set(track.key, sighting);
  });
  end(state, ({ lastSeen, isSure }) => {
    const patience = isSure ? options.bridgeFrames : Math.min(6, options.bridgeFrames);
    return index - lastSeen > patience;
  });
  state.lastIndex = index;
  for (const track of tracks) track.isSure ||= hasProved(track);
  const wait = Math.min(nameAfter, options.bridgeFrames - 1);
  name(
    state,
    tracks.filter(
      ({ trackId, isSure, firstSeen }) => trackId === undefined && isSure && index - firstSeen >= wait,
    ),
  );
  return { seen, taken };
}

/** Names the tracks that are sure, and those seen to the end, at a cut or at the end of the file. */
export function nameLast(state: TrackerState): void {
  name(
    state,
    state.tracks.filter((track) => track.trackId === undefined && (track.isSure || isLive(track, state))),
  );
}

/** Forgets all places, keeps all persons. */
export function clearTracks(state: TrackerState): void {
  end(state, () => true);
}

/** Cost of taking a sighting for a track's face, below 1 when it may be: place, size, looks. */
export function pairCost(track: Track, sighting: Sighting, index: number, options: TrackerOptions): number {
  const gap = index - track.lastSeen;
  const guess = predictMotion(track.motion, gap);
  const box = boxOfMotion(guess, track.last.box);
  const side = Math.sqrt(box.w * box.h);
  const dx = sighting.box.x + sighting.box.w / 2 - guess.x;
  const dy = sighting.box.y + sighting.box.h / 2 - guess.y;
  // A face that was away for some frames may be anywhere near.
  const doubt = Math.min(gap - 1, options.bridgeFrames);
  const place = Math.hypot(dx, dy) / side / (0.8 + 0.12 * doubt);
  const size = Math.abs(Math.log(Math.sqrt(sighting.box.w * sighting.box.h) / side)) / (0.45 + 0.03 * doubt);
  if (place > 1 || size > 1) return Infinity;
  const looks = appearanceDistance(track.appearance, sighting.appearance);
  if (looks !== undefined && looks > 2 && doubt > 2) return Infinity;
  const isExpected = sighting.seeds.includes(track.key);
  const cost = 0.45 * place + 0.15 * size + 0.35 * Math.min(looks ?? 0.5, 2);
  return Math.min(cost - (isExpected ? 0.1 : 0), 0.999);
}

function see(track: Track, sighting: Sighting, index: number, look: Look, isAlone: boolean): void {
  track.motion = updateMotion(track.motion, sighting.box, index - track.lastSeen);
  track.last = sighting;
  track.lastSeen = index;
  track.hits += 1;
  if (sighting.isDetected) {
    track.lastDetected = index;
    track.detected = sighting;
    track.detections += 1;
    track.isUsual ||= look === 'usual';
    track.missedDetections = 0;
  }
  // Looks are learnt from clear sights only: nobody near, and not from the side.
  if (sighting.appearance && isAlone && Math.abs(sighting.shape.pose.yaw) < clearYaw) {
    track.appearance = meanAppearance(track.appearance, sighting.appearance, track.appearanceCount);
    track.appearanceCount += 1;
  }
}

function begin(key: number, sighting: Sighting, index: number, look: Look): Track {
  return {
    key,
    trackId: undefined,
    motion: startMotion(sighting.box),
    last: sighting,
    firstSeen: index,
    lastSeen: index,
    isSure: false,
    lastDetected: index,
    detected: sighting,
    hits: 1,
    detections: 1,
    isUsual: look === 'usual',
    missedDetections: 0,
    appearance: sighting.appearance,
    appearanceCount: 1,
  };
}

function missesAllowed(track: Track, { hasPresence }: TrackerOptions): number {
  if (!hasPresence) return 2;
  return track.last.presence > 0.9 ? 20 : 6;
}

/** One detection that is not sure does not make a face: the detector must see it again. */
function hasProved({ hits, detections, detected }: Track): boolean {
  return hits >= sureHits && (detections >= 2 || detected.score >= sureScore);
}

/** Ends some tracks; what is known of the looks of the named ones stays with the person. */
function end(state: TrackerState, isOver: (track: Track) => boolean): void {
  for (const track of state.tracks) if (isOver(track)) remember(state, track);
  const stay = state.tracks.filter((track) => !isOver(track));
  state.tracks.splice(0, state.tracks.length, ...stay);
}

function remember(state: TrackerState, track: Track): void {
  const person = state.persons.find(({ id }) => id === track.trackId);
  if (!person) return;
  person.appearance = track.appearance;
  person.appearanceCount = track.appearanceCount;
}

/** Gives ids to sure tracks, as they came and from left to right: a known person's, or the next one. */
function name(state: TrackerState, sure: readonly Track[]): void {
  const fromLeft = [...sure].sort((a, b) => a.firstSeen - b.firstSeen || centreX(a) - centreX(b));
  const isHere = new Set(state.tracks.filter((track) => isLive(track, state)).map(({ trackId }) => trackId));
  const away = state.persons.filter(({ id }) => !isHere.has(id));
  const pairs = assign(
    fromLeft.map((track) =>
      away.map((person) => appearanceDistance(track.appearance, person.appearance) ?? Infinity),
    ),
    knownAgain,
  );
  fromLeft.forEach((track, t) => {
    const known = away[pairs[t]!];
    if (known) {
      // Looked for in one place, come back in another.
      end(state, (other) => other.trackId === known.id);
      track.trackId = known.id;
      track.appearance = known.appearance;
      track.appearanceCount = known.appearanceCount;
      return;
    }
    const id = state.persons.length;
    state.persons.push({
      id,
      appearance: track.appearance,
      appearanceCount: track.appearanceCount,
    });
    track.trackId = id;
  });
}

/** How alike a face must look to be known again after its place is lost. */
const knownAgain = 0.8;

function centreX({ last }: Track): number {
  return last.box.x + last.box.w / 2;
}
