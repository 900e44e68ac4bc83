import { freemem } from 'node:os';
import type { MediaInfo } from '../../core/media.ts';

const mebibyte = 1 << 20;
/** Networks, workers and the two ffmpegs of one job, whatever the picture's size. */
const baseBytes = 700 * mebibyte;
/** Pictures that a job holds: ours on their way, and those that an encoder looks ahead in and refers to. */
const pictures = 80;
/** Left for the rest of the machine. */
const reserveBytes = 256 * mebibyte;

/** Bytes of memory that a job may take, by the size of its picture. An estimate on the safe side. */
export function jobBytes({ video }: Pick<MediaInfo, 'video'>): number {
  const isDeep = /1[0246](le|be)?$/.test(video.pixelFormat);
  return baseBytes + pictures * video.width * video.height * (isDeep ? 3 : 1.5);
}

/** True when there is memory left for a job besides those that run. */
export function hasMemoryFor(bytes: number, available = availableBytes()): boolean {
  return available >= bytes + reserveBytes;
}

/** Bytes that can be had, within the limits of a container. */
function availableBytes(): number {
  // Node 20.13 and later.
  const { availableMemory } = process as Partial<Pick<NodeJS.Process, 'availableMemory'>>;
  return availableMemory?.() ?? freemem();
}
