import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Takes the bytes of a program's standard output as they come, where it wants them. */
export type ByteTaker = {
  /** Where the next bytes go: one or more. Asked early: before a pause for what is read after it. */
  room(): Uint8Array;
  /** Told that `count` bytes are at the start of the last room now. Returns false to stop reading until `resume`. */
  take(count: number): boolean;
};

/** The reading of one output. */
export type OutputReading = {
  /** Goes on after `take` has returned false. */
  resume(): void;
  /** Ends it, whether all is read or not. Harmless afterwards. */
  stop(): void;
  /** Resolves when everything is read or it was ended; never rejects. */
  readonly ended: Promise<void>;
};

/** One end to be read from here, the other to be a program's standard output. */
export type OutputSocket = {
  /** For the program's `stdio`; to be destroyed here as soon as the program has it. */
  readonly writeEnd: Socket;
  readonly reading: OutputReading;
};

/**
 * Two sockets joined to each other, one of which reads straight into the taker's room. A child's own
 * `stdout` makes an ArrayBuffer for every read instead: each is copied, and collecting them cost more than half of
 * Node's time in a run of 1080p.
 *
 * Undefined where there are no such sockets: on Windows, and when the folder cannot hold one.
 *
 * @param folder where the socket's name lies for a moment, in a folder of its own that only this user may enter
 */
export async function openOutputSocket(
  taker: ByteTaker,
  folder = tmpdir(),
): Promise<OutputSocket | undefined> {
  // A named pipe there, which a program cannot be given as its output.
  if (process.platform === 'win32') return undefined;
  const server = createServer({ pauseOnConnect: true });
  let own: string | undefined;
  let readEnd: Socket | undefined;
  try {
    own = await mkdtemp(join(folder, 'facet-'));
    const path = join(own, 'output');
    server.listen(path);
    await once(server, 'listening');
    readEnd = connect({
      path,
      onread: {
        buffer: () => taker.room(),
        callback: (count) => taker.take(count),
      },
    });
    const [[writeEnd]] = (await Promise.all([once(server, 'connection'), once(readEnd, 'connect')])) as [
      [Socket],
      unknown,
    ];
    return { writeEnd, reading: readingOf(readEnd) };
  } catch {
    readEnd?.destroy();
    return undefined;
  } finally {
    server.close();
    if (own !== undefined) await rm(own, { recursive: true, force: true });
  }
}

function readingOf(socket: Socket): OutputReading {
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
  // How the program ended is told by its exit, not by its output.
  socket.on('error', () => undefined);
  socket.once('end', () => socket.destroy());
  socket.resume();
  return {
    resume: () => socket.resume(),
    stop: () => socket.destroy(),
    ended,
  };
}

/** The same from a stream, by copying: for where there are no such sockets. */
export function readFromStream(stream: Readable, taker: ByteTaker): OutputReading {
  let rest: Buffer = Buffer.alloc(0);
  const give = (): void => {
    while (rest.length > 0) {
      const room = taker.room();
      const part = rest.subarray(0, room.length);
      room.set(part);
      rest = rest.subarray(part.length);
      if (taker.take(part.length)) continue;
      stream.pause();
      return;
    }
  };
  const ended = new Promise<void>((resolve) => {
    stream.once('close', () => {
      resolve();
    });
  });
  stream.on('error', () => undefined);
  stream.once('end', () => stream.destroy());
  stream.on('data', (chunk: Buffer) => {
    rest = chunk;
    give();
  });
  return {
    resume: () => {
      stream.resume();
      // May stop it again before anything flows.
      give();
    },
    stop: () => stream.destroy(),
    ended,
  };
}
