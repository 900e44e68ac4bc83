import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { shapeKeeper } from '../../src/nets/keep-shapes.ts';

describe('shapeKeeper', () => {
  it('keeps a message with every field, and none of its pixels', () => {
    const keep = shapeKeeper();
    const pixels = new Float32Array(16).fill(1);
    const shared = new Uint8Array(new SharedArrayBuffer(8)).fill(2);
    const message = {
      size: 4,
      pixels,
      shared,
      missing: undefined,
      nothing: null,
      inner: { points: new Float64Array(3), list: [new Int32Array(2), 7] },
    };
    keep('task', message);
    expect(message).toEqual({
      size: 4,
      pixels: new Float32Array(0),
      shared: new Uint8Array(0),
      missing: undefined,
      nothing: null,
      inner: { points: new Float64Array(0), list: [new Int32Array(0), 7] },
    });
    // Whoever has the arrays themselves, an answer on its way for one, still has what is in them.
    expect(pixels).toHaveLength(16);
    expect(shared[7]).toBe(2);
  });
  it('keeps one message of a kind alive: the last', async () => {
    const keep = shapeKeeper();
    const refs = ['a', 'a', 'b'].map((kind) => {
      const message = { pixels: new Float32Array(1) };
      keep(kind, message);
      return new WeakRef(message);
    });
    // What a weak reference has been asked for lives to the end of the job.
    await new Promise((resolve) => setTimeout(resolve));
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    expect(refs[0]!.deref()).toBeUndefined();
    expect(refs[1]!.deref()).toBeDefined();
    expect(refs[2]!.deref()).toBeDefined();
  });
});
