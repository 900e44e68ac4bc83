import type { Rational } from './rational.ts';

export const pixelFormats = [
  'yuv420p',
  'yuv422p',
  'yuv444p',
  'yuv420p10le',
  'yuv422p10le',
  'yuv444p10le',
] as const;
/** Planar YUV formats that flow through the stream, by ffmpeg's names. */
export type PixelFormat = (typeof pixelFormats)[number];

export type PlaneLayout = {
  /** First byte of the plane in the frame's buffer. */
  readonly offset: number;
  /** Size in samples; rows are not padded. */
  readonly width: number;
  readonly height: number;
};

/** How a frame's buffer is laid out: three planes one after the other, without row padding. */
export type FrameLayout = {
  readonly format: PixelFormat;
  readonly width: number;
  readonly height: number;
  /** 8 or 10; 10-bit samples are 16-bit little endian. */
  readonly bitDepth: 8 | 10;
  readonly bytesPerSample: 1 | 2;
  /** log2 of the chroma subsampling. */
  readonly chromaShiftX: 0 | 1;
  readonly chromaShiftY: 0 | 1;
  readonly planes: readonly [PlaneLayout, PlaneLayout, PlaneLayout];
  readonly bytes: number;
};

/** Layout of a picture; odd sizes have rounded-up chroma planes, as in ffmpeg. */
export function frameLayout(format: PixelFormat, width: number, height: number): FrameLayout {
  const bitDepth = format.endsWith('10le') ? 10 : 8;
  const bytesPerSample = bitDepth === 10 ? 2 : 1;
  const chromaShiftX = format.startsWith('yuv444') ? 0 : 1;
  const chromaShiftY = format.startsWith('yuv420') ? 1 : 0;
  const cw = (width + chromaShiftX) >> chromaShiftX;
  const ch = (height + chromaShiftY) >> chromaShiftY;
  const lumaBytes = width * height * bytesPerSample;
  const chromaBytes = cw * ch * bytesPerSample;
  return {
    format,
    width,
    height,
    bitDepth,
    bytesPerSample,
    chromaShiftX,
    chromaShiftY,
    planes: [
      { offset: 0, width, height },
      { offset: lumaBytes, width: cw, height: ch },
      { offset: lumaBytes + chromaBytes, width: cw, height: ch },
    ],
    bytes: lumaBytes + 2 * chromaBytes,
  };
}

/** The colour facts that YUV <-> RGB needs, as ffmpeg names them; `unknown` follows the usual guess by size. */
export type ColorFacts = {
  readonly matrix: 'bt709' | 'bt601' | 'bt2020';
  readonly range: 'limited' | 'full';
};

/** What all frames of a stream have in common. */
export type VideoFormat = {
  readonly layout: FrameLayout;
  readonly color: ColorFacts;
  /** Unit of `Frame.pts`. */
  readonly timeBase: Rational;
};

/**
 * A fixed number of equally large buffers. A free buffer is a credit: the decoder waits for one before it
 * reads the next frame, so demand flows upstream and memory is flat by construction.
 *
 * Buffers are shared memory, so that worker threads read and write planes without a copy.
 */
export class FramePool {
  readonly size: number;
  readonly bytes: number;
  peakInUse = 0;
  readonly #free: Uint8Array<SharedArrayBuffer>[] = [];
  #made = 0;
  #waiters: ((buffer: Uint8Array<SharedArrayBuffer>) => void)[] = [];

  constructor(size: number, bytes: number) {
    this.size = size;
    this.bytes = bytes;
  }

  /** Buffers that nobody owns now. */
  get free(): number {
    return this.#free.length + this.size - this.#made;
  }

  /** A buffer, if one is free. */
  acquireNow(): Uint8Array<SharedArrayBuffer> | undefined {
    let buffer = this.#free.pop();
    if (!buffer && this.#made < this.size) {
      this.#made += 1;
      buffer = new Uint8Array(new SharedArrayBuffer(this.bytes));
    }
    if (buffer) this.peakInUse = Math.max(this.peakInUse, this.size - this.free);
    return buffer;
  }

  /** Resolves with a buffer, at once or when one comes back; rejects with the signal's reason on abort. */
  acquire(signal?: AbortSignal): Promise<Uint8Array<SharedArrayBuffer>> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const buffer = this.acquireNow();
    if (buffer) return Promise.resolve(buffer);
    return new Promise((resolve, reject) => {
      const take = (given: Uint8Array<SharedArrayBuffer>): void => {
        signal?.removeEventListener('abort', stop);
        resolve(given);
      };
      const stop = (): void => {
        this.#waiters = this.#waiters.filter((waiter) => waiter !== take);
        reject(signal?.reason as Error);
      };
      this.#waiters.push(take);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Takes a buffer back; called by the last `Frame.release` and by a decoder that read nothing into it. */
  give(buffer: Uint8Array<SharedArrayBuffer>): void {
    const waiter = this.#waiters.shift();
    if (waiter) waiter(buffer);
    else this.#free.push(buffer);
  }
}

export type FrameInit = {
  /** Number of the frame in the source file, from 0, in presentation order (also when a range is decoded). */
  readonly index: number;
  /** Presentation time in ticks of `format.timeBase`. */
  readonly pts: number;
  /** First frame of a new scene (never true for the very first frame of the file). */
  readonly isSceneStart: boolean;
  readonly format: VideoFormat;
  readonly data: Uint8Array<SharedArrayBuffer>;
  readonly pool: FramePool;
};

/**
 * One decoded picture, planar YUV as decoded. It has one owner: receiving a frame makes you the owner, emitting
 * it gives it away. `retain` adds an owner; every owner calls `release` exactly once; the last one returns the
 * buffer to the pool. Only `blend` writes into the planes.
 */
export class Frame {
  readonly index: number;
  readonly pts: number;
  readonly isSceneStart: boolean;
  readonly format: VideoFormat;
  readonly data: Uint8Array<SharedArrayBuffer>;
  readonly #pool: FramePool;
  #owners = 1;

  constructor(init: FrameInit) {
    this.index = init.index;
    this.pts = init.pts;
    this.isSceneStart = init.isSceneStart;
    this.format = init.format;
    this.data = init.data;
    this.#pool = init.pool;
  }

  get isReleased(): boolean {
    return this.#owners === 0;
  }

  /** Adds an owner. @throws {Error} when the frame is released already */
  retain(): this {
    if (this.#owners === 0) throw new Error(`Frame ${this.index} is released.`);
    this.#owners += 1;
    return this;
  }

  /** Ends one ownership. @throws {Error} when released more often than owned */
  release(): void {
    if (this.#owners === 0) throw new Error(`Frame ${this.index} is released twice.`);
    this.#owners -= 1;
    if (this.#owners === 0) this.#pool.give(this.data);
  }
}
