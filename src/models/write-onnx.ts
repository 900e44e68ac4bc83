import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { constantBytes, encodeGraph } from '../ops/graph/encode-graph.ts';
import type { OnnxGraph } from '../ops/graph/graph.ts';

export type WriteOnnxOptions = {
  /** Store large constants as halves (see `encodeGraph`). */
  readonly fp16?: boolean;
  /** From this many bytes of constants on they go into `<file>.data` beside the model; protobuf ends at 2 GiB. */
  readonly externalFromBytes?: number;
  readonly metadata?: Readonly<Record<string, string>>;
};

/** A file that was written: its name, and what a manifest says of it. */
export type WrittenFile = { readonly file: string; readonly sha256: string; readonly bytes: number };

/**
 * Writes a graph as an ONNX file, beside its final place and then renamed; external data first, so that the model
 * is only there when it is whole. Returns the model file, then the data file if there is one.
 */
export async function writeOnnx(
  graph: OnnxGraph,
  path: string,
  options: WriteOnnxOptions = {},
): Promise<readonly [WrittenFile, ...WrittenFile[]]> {
  const { fp16 = false, externalFromBytes = 1.5e9, metadata = {} } = options;
  const isExternal = constantBytes(graph) >= externalFromBytes;
  const dataPath = `${path}.data`;
  const encoded = encodeGraph(graph, {
    fp16,
    metadata,
    ...(isExternal ? { externalFile: basename(dataPath) } : {}),
  });
  const data = isExternal ? [await writeWhole(dataPath, encoded.external)] : [];
  return [await writeWhole(path, [encoded.model]), ...data];
}

async function writeWhole(path: string, parts: readonly Uint8Array[]): Promise<WrittenFile> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part-${process.pid}`;
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const file = await open(part, 'w');
    try {
      for (const chunk of parts) {
        hash.update(chunk);
        bytes += chunk.length;
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return { file: basename(path), sha256: hash.digest('hex'), bytes };
}
