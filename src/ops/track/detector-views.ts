import { letterbox, netSize, type View } from '../geometry/letterbox.ts';

/** What a detector can take. */
export type DetectorSize = {
  /** Its own size; the longer side is what a frame is fitted to. */
  readonly width: number;
  readonly height: number;
  /** True when it takes no other. */
  readonly isFixedSize: boolean;
  /** Sides divide by this. */
  readonly step: number;
};

type Size = { readonly width: number; readonly height: number };

/** Every how many runs of the detector small and very large faces are looked for too. */
const thoroughEvery = 5;

/** How the detector looks at a frame: not at all, as usual, or in several scales. */
export type Look = 'none' | 'usual' | 'thorough';

export function detectorLook(index: number, isSceneStart: boolean, every: number): Look {
  if (isSceneStart || index % (every * thoroughEvery) === 0) return 'thorough';
  return index % every === 0 ? 'usual' : 'none';
}

/** The usual look at a frame: all of it, the longer side as long as the network's. */
export function usualView(frame: Size, net: DetectorSize, turns = 0): View {
  return letterbox(frame, fit(turned(frame, turns), net, 1), turns);
}

/**
 * More looks at a frame: at half the scale and with a margin, for faces that fill the frame or are cut off by its
 * border, and for small ones at twice and four times the scale, up to the frame's own (tiles that overlap, where the
 * network's size is fixed).
 */
export function moreViews(frame: Size, net: DetectorSize): readonly View[] {
  const views: View[] = [coarseView(frame, net)];
  const needed = Math.max(frame.width, frame.height) / Math.max(net.width, net.height);
  if (needed > 1.2 && net.isFixedSize) views.push(...tiles(frame, net));
  if (net.isFixedSize) return views;
  for (const times of [2, 4]) if (needed > 0.6 * times) views.push(letterbox(frame, fit(frame, net, times)));
  return views;
}

/** The frame in the middle of a picture twice as wide, at half the scale. */
function coarseView(frame: Size, net: DetectorSize): View {
  const small = net.isFixedSize ? net : fit(frame, net, 0.5);
  return letterbox({ width: frame.width, height: frame.height }, small, 0, 1.6);
}

function fit(frame: Size, net: DetectorSize, times: number): Size {
  if (net.isFixedSize) return net;
  return netSize(frame, times * Math.max(net.width, net.height), net.step);
}

function turned({ width, height }: Size, turns: number): Size {
  return turns % 2 === 0 ? { width, height } : { width: height, height: width };
}

/** Four quarters of a frame that overlap by a fifth. */
function tiles(frame: Size, net: DetectorSize): readonly View[] {
  const width = frame.width * 0.6;
  const height = frame.height * 0.6;
  return [0, 1, 2, 3].map((corner) => {
    const view = letterbox({ width, height }, net);
    const { frameFromNet } = view;
    frameFromNet[2]! += corner & 1 ? frame.width - width : 0;
    frameFromNet[5]! += corner & 2 ? frame.height - height : 0;
    return view;
  });
}
