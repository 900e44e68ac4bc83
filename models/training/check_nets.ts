/**
 * Compares the exported networks with torch's outputs and times them: `npx tsx models/training/check_nets.ts RUN [runs]`.
 *
 * RUN/check/NAME is written by export_nets.py. Prints one JSON line a network: the largest absolute difference of every
 * output, the median and the shortest time on two threads, and the machine's load (times mean little when it is above 2). Ends with code 1 when a difference is above 1e-4 (of values above 1: of the largest).
 */
import { readFileSync, readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';

type About = {
  readonly model: string;
  /** Dimensions by name; their values are in in_NAME.f32. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: readonly string[];
};

/** Of values up to 1; of larger ones (places in pixels) in proportion. */
const tolerance = 1e-4;

function readFloats(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  let scale = 1;
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return largest / scale;
}

async function timed(
  session: InferenceSession,
  feeds: Readonly<Record<string, Tensor>>,
  runs: number,
): Promise<{ median: number; shortest: number }> {
  const times: number[] = [];
  for (let k = 0; k < runs + 3; k++) {
    const start = performance.now();
    await session.run(feeds);
    if (k >= 3) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { median: Number(times[times.length >> 1]!.toFixed(2)), shortest: Number(times[0]!.toFixed(2)) };
}

async function check(folder: string, runs: number): Promise<boolean> {
  const about = JSON.parse(readFileSync(join(folder, 'about.json'), 'utf8')) as About;
  const session = await InferenceSession.create(about.model, { intraOpNumThreads: 2 });
  const feeds = Object.fromEntries(
    Object.entries(about.inputs).map(([name, dims]) => [
      name,
      new Tensor('float32', readFloats(join(folder, `in_${name}.f32`)), dims),
    ]),
  );
  const got = await session.run(feeds);
  const differences: Record<string, number> = {};
  for (const name of about.outputs) {
    const want = readFloats(join(folder, `${name}.f32`));
    differences[name] = Number(largestDifference(got[name]!.data as Float32Array, want).toExponential(2));
  }
  const ms = await timed(session, feeds, runs);
  const load = loadavg().map((l) => Number(l.toFixed(1)));
  console.log(
    JSON.stringify({ model: about.model.split('/').pop(), inputs: about.inputs, ms, load, differences }),
  );
  return Object.values(differences).every((d) => d <= tolerance);
}

const [run = '.', runs = '15'] = process.argv.slice(2);
let isEqual = true;
for (const name of readdirSync(join(run, 'check')).sort()) {
  isEqual = (await check(join(run, 'check', name), Number(runs))) && isEqual;
}
process.exitCode = isEqual ? 0 : 1;
