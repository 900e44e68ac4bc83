import { join } from 'node:path';
import type { NetworkEntry } from '../core/profile.ts';
import type { Weights } from '../core/weights.ts';
import { rgiEncoder } from '../ops/graph/rgi-encoder.ts';
import { rgiGenerator } from '../ops/graph/rgi-generator.ts';
import { rgiMapper } from '../ops/graph/rgi-mapper.ts';
import { generatorSize, rgiShape, type RgiOptions } from '../ops/graph/rgi-shape.ts';
import { writeOnnx } from './write-onnx.ts';

export type RgiEntries = Readonly<Record<'encoder' | 'mapper' | 'generator', NetworkEntry>>;

export type RgiTarget = {
  /** Where the ONNX files go. */
  readonly folder: string;
  /** The same folder as the manifest names it, e.g. `mini/`. */
  readonly prefix: string;
  readonly licence: string;
  readonly nonCommercial: boolean;
  readonly fp16: boolean;
  /** Sides of smaller pictures that get a generator of their own, as extras of the generator: `256`, `512`. */
  readonly resolutions: readonly number[];
  /** Stops between two networks. */
  readonly signal?: AbortSignal | undefined;
};

/** Writes encoder.onnx, mapper.onnx and generator.onnx of an RGI net; returns their manifest entries. */
export async function writeRgi(weights: Weights, options: RgiOptions, target: RgiTarget): Promise<RgiEntries> {
  const shape = rgiShape(weights, options);
  const { folder, prefix, licence, nonCommercial, fp16, resolutions } = target;
  const write = async (name: string, graph: ReturnType<typeof rgiEncoder>): Promise<NetworkEntry> => {
    target.signal?.throwIfAborted();
    const [model, data] = await writeOnnx(graph, join(folder, `${name}.onnx`), { fp16 });
    const entry = { ...model, file: `${prefix}${model.file}`, licence, nonCommercial, adapter: 'rgi' };
    if (!data) return entry;
    return { ...entry, extras: { data: { ...data, file: `${prefix}${data.file}` } } };
  };
  const size = shape.encoderSize;
  const encoder: NetworkEntry = {
    ...(await write('encoder', rgiEncoder(weights, shape))),
    image: {
      input: 'image',
      width: size,
      height: size,
      layout: 'NCHW',
      channels: 'RGB',
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    },
    params: { parts: shape.taps.map((tap) => shape.blocks[tap]!.outer) },
  };
  const mapper = await write('mapper', rgiMapper(weights, shape));
  const full = generatorSize(shape);
  const generator = await write('generator', rgiGenerator(weights, shape));
  const extras = { ...generator.extras };
  for (const resolution of resolutions.filter((value) => value < full)) {
    const { file, sha256, bytes } = await write(
      `generator-${resolution}`,
      rgiGenerator(weights, shape, { resolution }),
    );
    extras[resolution] = { file, sha256, bytes };
  }
  const hasExtras = Object.keys(extras).length > 0;
  return {
    encoder,
    mapper,
    generator: {
      ...generator,
      // Small: narrower than published, so gaze, teeth and marks of the skin come from the pictures themselves.
      params: { size: full, isSmall: shape.style < 512 },
      ...(hasExtras ? { extras } : {}),
    },
  };
}
