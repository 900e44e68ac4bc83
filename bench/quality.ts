import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import type { ParsedFace } from '../src/core/faces.ts';
import { resolveOptions } from '../src/core/options/define.ts';
import { Scope } from '../src/core/scope.ts';
import { swapRunOptions } from '../src/core/options/swap-run.ts';
import { openTools } from '../src/pipeline/open-tools.ts';
import { probeFrames } from '../src/media/frame-times.ts';
import { planSwap, type SwapPlan } from '../src/pipeline/plan.ts';
import { runSwap } from '../src/pipeline/run-swap.ts';
import { runVideo } from '../src/pipeline/run-video.ts';
import { readPhotoFaces } from '../src/pipeline/source.ts';
import type { SwapTools } from '../src/pipeline/swap-work.ts';
import { pasteSource } from './baseline.ts';
import { root } from './bench.ts';
import { readAttributes, type AttributeErrors } from './quality-attributes.ts';
import { Measures, type Rows } from './quality-report.ts';
import { writeSheet } from './quality-sheet.ts';
import { rawFrames } from './raw-frames.ts';

/** A swap whose exact answer is known; all paths relative to `samples/`. */
type Triple = {
  readonly name: string;
  readonly source: string;
  readonly target: string;
  readonly truth: string;
  /** Label maps of the truth, a grey level a label. */
  readonly labels: string;
  /** What lies in front of the face, grey 0…255. */
  readonly occluder: string;
};

type Outcome = Rows & {
  readonly attributes: AttributeErrors | undefined;
  readonly secondsAFrame: number | undefined;
};

const samples = join(root, 'samples');
const outFolder = process.env['FACET_QUALITY_DIR'] ?? join(tmpdir(), 'facet-quality');

/**
 * `npm run quality [-- NAME …] [--option=value …]`: swaps the sample triples with the real networks and prints how
 * far the results are from the rendered truth, beside two baselines: the target left as it is, and the source's
 * picture warped and pasted. Writes a sheet of pictures per triple and the figures as JSON.
 */
async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const given = Object.fromEntries(
    words
      .filter((word) => word.startsWith('--'))
      .map((word) => {
        const [name = '', value = ''] = word.slice(2).split('=');
        return [name, value];
      }),
  );
  const names = words.filter((word) => !word.startsWith('--'));
  const triples = (JSON.parse(await readFile(join(samples, 'triples.json'), 'utf8')) as Triple[]).filter(
    ({ name }) => names.length === 0 || names.includes(name),
  );
  if (triples.length === 0)
    throw new Error(`No triple of samples/triples.json is called ${names.join(', ')}.`);
  await mkdir(outFolder, { recursive: true });
  const report: Record<string, Record<string, Outcome>> = {};
  for (const triple of triples) {
    report[triple.name] = await measure(triple, given);
    print(triple.name, report[triple.name]!);
  }
  await writeFile(join(outFolder, 'quality.json'), `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\nSheets and quality.json: ${outFolder}`);
}

async function measure(
  triple: Triple,
  given: Readonly<Record<string, string>>,
): Promise<Record<string, Outcome>> {
  const at = (file: string): string => join(samples, file);
  const output = join(outFolder, `${triple.name}.swap.mkv`);
  const pasted = join(outFolder, `${triple.name}.paste.mkv`);
  const options = resolveOptions(swapRunOptions, {
    source: [at(triple.source)],
    target: at(triple.target),
    output,
    codec: 'ffv1',
    overwrite: true,
    ...given,
  });
  const startedAt = performance.now();
  const finished = await lastValueFrom(runSwap(options, openTools));
  const seconds = (performance.now() - startedAt) / 1000;
  const plan = await planSwap(options);
  await paste(plan, at(triple.target), pasted);
  const { tools } = await openTools(plan, { video: at(triple.target) });
  const frames = finished.event === 'finished' ? finished.frames : 1;
  const swapped = await compare(triple, output);
  await writeSheet(triple.name, samples, triple, output, join(outFolder, `${triple.name}.png`));
  return {
    swap: {
      ...swapped,
      attributes: await readAttributes(tools, output, at(triple.truth)),
      secondsAFrame: seconds / frames,
    },
    target: {
      ...(await compare(triple, at(triple.target), frames)),
      attributes: await readAttributes(tools, at(triple.target), at(triple.truth)),
      secondsAFrame: undefined,
    },
    paste: {
      ...(await compare(triple, pasted, frames)),
      attributes: await readAttributes(tools, pasted, at(triple.truth)),
      secondsAFrame: undefined,
    },
  };
}

/** Makes the baseline that pastes a warped source, in crops as large as the swap's. */
async function paste(plan: SwapPlan, target: string, output: string): Promise<void> {
  const { tools } = await openTools(plan, { video: target });
  const source = await sourceFace(plan, tools);
  await lastValueFrom(
    runVideo({
      target,
      output,
      overwrite: true,
      encode: { codec: 'ffv1', crf: undefined, preset: undefined, pixelFormat: undefined, audio: 'none' },
      work: pasteSource(plan, tools, source),
    }),
  );
}

async function sourceFace(plan: SwapPlan, tools: SwapTools): Promise<ParsedFace> {
  const photo = plan.entries[0]!.photos[0]!;
  const scope = new Scope();
  const faces = await readPhotoFaces(
    photo,
    (context) => (items) => items.pipe(tools.track.in(context), tools.parse.in(context)),
    { scope, tell: () => undefined },
  );
  await scope.close();
  const face = faces[0];
  if (!face) throw new Error(`No face was found in ${photo}.`);
  return face;
}

/** Measures the first `most` frames of a result. */
async function compare(triple: Triple, result: string, most = Infinity): Promise<Rows> {
  const { width, height } = (await probeFrames(result, {})).media.video;
  const measures = new Measures(width, height);
  const open = (path: string, kind: 'rgb24' | 'gray'): AsyncGenerator<Uint8Array> =>
    rawFrames(path, width, height, kind);
  const truths = open(join(samples, triple.truth), 'rgb24');
  const targets = open(join(samples, triple.target), 'rgb24');
  const labels = open(join(samples, triple.labels), 'gray');
  const occluders = open(join(samples, triple.occluder), 'gray');
  let count = 0;
  for await (const picture of open(result, 'rgb24')) {
    if (count === most) break;
    const [truth, target, map, occluder] = await Promise.all([
      truths.next(),
      targets.next(),
      labels.next(),
      occluders.next(),
    ]);
    if (truth.done || target.done || map.done || occluder.done) {
      throw new Error(`The clips of a triple differ in length: ${result} has more than ${count} frames.`);
    }
    measures.add(picture, truth.value, target.value, map.value, occluder.value);
    count += 1;
  }
  for (const clip of [truths, targets, labels, occluders]) await clip.return(undefined);
  if (count === 0) throw new Error(`${result} has no frames.`);
  return measures.rows();
}

function print(name: string, outcomes: Readonly<Record<string, Outcome>>): void {
  console.log(`\n${name}`);
  console.log('          PSNR   SSIM   flicker  error  occluder   identity  pose  expression');
  for (const [what, row] of Object.entries(outcomes)) {
    const a = row.attributes;
    console.log(
      [
        what.padEnd(8),
        row.psnr.toFixed(2).padStart(6),
        row.ssim.toFixed(3).padStart(6),
        row.flickerRatio.toFixed(2).padStart(8),
        row.flickerError.toFixed(2).padStart(6),
        (Number.isNaN(row.occluderChanged) ? '–' : `${(row.occluderChanged * 100).toFixed(1)} %`).padStart(9),
        (a?.identity.toFixed(3) ?? '–').padStart(9),
        (a ? `${a.poseDegrees.toFixed(1)}°` : '–').padStart(7),
        (a?.expression.toFixed(3) ?? '–').padStart(8),
        row.secondsAFrame === undefined ? '' : `  ${(1 / row.secondsAFrame).toFixed(1)} fps`,
      ].join(' '),
    );
  }
  const swap = outcomes['swap']!;
  const regions = Object.entries(swap.byRegion).map(([region, dB]) => `${region} ${dB?.toFixed(1)}`);
  console.log(`  by region: ${regions.join(', ')}`);
}

await main();
