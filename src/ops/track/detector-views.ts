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

/** True when the detector is run on a frame; the others are tracked by landmarks alone. */
export function isDetectorFrame(index: number, isSceneStart: boolean, every: number): boolean {
  return isSceneStart || index % every === 0;
}

/** Every how many runs of the detector small and very large faces are looked for too. */
const thoroughEvery = 5;

/** True when a detector frame is looked at in several scales. */
export function isThoroughFrame(index: number, isSceneStart: boolean, every: number): boolean {
  return isSceneStart || index % (every * thoroughEvery) === 0;
}

/** The usual look at a frame: all of it, the longer side as long as the network's. */
export function usualView(frame: Size, net: DetectorSize, turns = 0): View {
  return letterbox(frame, fit(turned(frame, turns), net, 1), turns);
}

/**
 * More looks at a frame: in halves as long for faces that are cut off by the border or fill the frame, and in twice
 * the scale for small ones (in overlapping tiles where the network's size is fixed).
 */
export function moreViews(frame: Size, net: DetectorSize): readonly View[] {
  const views: View[] = [coarseView(frame, net)];
  const longest = Math.max(net.width, net.height);
  if (Math.max(frame.width, frame.height) <= 1.2 * longest) return views;
  if (!net.isFixedSize) views.push(letterbox(frame, fit(frame, net, 2)));
  else views.push(...tiles(frame, net));
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
