import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openOutputSocket,
  readFromStream,
  type ByteTaker,
  type OutputReading,
} from '../../src/media/output-reader.ts';
import { temporaryFolder } from '../helpers/media.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

/** Bytes that the programs of these tests write: number i is i modulo 251. */
const total = 1_000_003;
const program = `process.stdout.write(Buffer.from(Array.from({ length: ${total} }, (_, i) => i % 251)))`;

/** Collects what comes in rooms of changing size, and stops after every take when asked to. */
function collector(doesStop: boolean): {
  taker: ByteTaker;
  bytes: () => Buffer;
  stops: () => number;
  go: (reading: OutputReading) => void;
} {
  const parts: Buffer[] = [];
  let room = new Uint8Array(1);
  let stops = 0;
  let reading: OutputReading | undefined;
  return {
    taker: {
      room: () => (room = new Uint8Array([1, 7, 4096, 300_000][parts.length % 4]!)),
      take: (count) => {
        parts.push(Buffer.from(room.subarray(0, count)));
        if (!doesStop || parts.length % 5 > 0) return true;
        stops += 1;
        void setImmediate().then(() => reading?.resume());
        return false;
      },
    },
    bytes: () => Buffer.concat(parts),
    stops: () => stops,
    go: (started) => {
      reading = started;
    },
  };
}

const ways = [
  {
    name: 'a socket',
    start: async (taker: ByteTaker, code: string) => {
      const socket = (await openOutputSocket(taker, folder.path))!;
      const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', socket.writeEnd, 'ignore'] });
      socket.writeEnd.destroy();
      return { child, reading: socket.reading };
    },
  },
  {
    name: 'a stream',
    start: (taker: ByteTaker, code: string) => {
      const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
      return Promise.resolve({ child, reading: readFromStream(child.stdout, taker) });
    },
  },
] as const;

describe.each(ways)('reading the output of a program from $name', ({ start }) => {
  it.each([false, true])('puts every byte in its place; stops and goes on: %s', async (doesStop) => {
    const { taker, bytes, stops, go } = collector(doesStop);
    const { reading } = await start(taker, program);
    go(reading);
    await reading.ended;
    expect(bytes()).toHaveLength(total);
    expect(bytes().every((byte, i) => byte === i % 251)).toBe(true);
    expect(stops() > 0).toBe(doesStop);
  });

  it('ends with the program when that is killed', async () => {
    const { taker, bytes } = collector(false);
    const { child, reading } = await start(
      taker,
      "process.stdout.write('ready'); setInterval(() => 0, 1000)",
    );
    while (bytes().length < 5) await setImmediate();
    child.kill('SIGKILL');
    await reading.ended;
    expect(bytes().toString()).toBe('ready');
  });

  it('can be ended before the program', async () => {
    const { taker } = collector(false);
    const { child, reading } = await start(taker, 'setInterval(() => 0, 1000)');
    reading.stop();
    reading.stop();
    await reading.ended;
    expect(child.exitCode).toBe(null);
    child.kill('SIGKILL');
  });
});

describe('a socket for output', () => {
  it('leaves nothing in the folder', async () => {
    const { taker } = collector(false);
    const socket = await openOutputSocket(taker, folder.path);
    expect(socket).toBeDefined();
    expect(await readdir(folder.path)).toEqual([]);
    socket?.writeEnd.destroy();
    await socket?.reading.ended;
  });

  it.each(['no-such-folder', 'x'.repeat(120)])('is not there in %s', async (name) => {
    expect(await openOutputSocket(collector(false).taker, join(folder.path, name))).toBeUndefined();
  });
});
