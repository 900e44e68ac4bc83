import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../core/errors.ts';
import { checkProfile } from '../core/profile-schema.ts';
import type { NetworkEntry, Profile } from '../core/profile.ts';
import type { Weights } from '../core/weights.ts';
import { bisenetParser } from '../ops/graph/bisenet.ts';
import { e4sImport } from './catalogue.ts';
import { openCheckpoint, type Checkpoint } from './checkpoint/open-checkpoint.ts';
import { plainRecord, StoredTensor, type Pickled } from './checkpoint/pickled.ts';
import { watchWeights } from './known-keys.ts';
import { writeRgi } from './rgi-entries.ts';
import { writeOnnx } from './write-onnx.ts';

export type ImportOptions = {
  /** `iteration_300000.pt`: the regional inversion network. */
  readonly checkpoint: string;
  /** `79999_iter.pth`: the parser. Without it an earlier import's parser is kept, else mini's is used. */
  readonly parser?: string;
  /** Store weights as halves: files of half the size, weights rounded to 11 bits. */
  readonly fp16: boolean;
  /** The models folder: gets `e4s.json` and `e4s/*.onnx`. */
  readonly outDir: string;
  /** Stops between two networks; what is written already is not used without its manifest. */
  readonly signal?: AbortSignal | undefined;
};

export type ImportResult = {
  /** Path of the manifest. */
  readonly manifest: string;
  readonly profile: Profile;
};

/** Tensors of the published state_dict that inference does not read (E4S i). */
const unusedRgi = [/^G\.style\.\d+\./, /\.(blur|upsample)\.kernel$/, /\.res_layer\.5\.fc[12]\.weight$/, /^G\.noises\./];
const unusedParser = [/^conv_out(16|32)\./, /\.num_batches_tracked$/];

const { licence, nonCommercial } = e4sImport;

/**
 * Turns the published checkpoints into the profile `e4s`: reads them without running anything, builds the ONNX
 * graphs, writes them, and last the manifest, which extends `mini` (detector, landmarks, and the parser when none is
 * imported). Files appear under their names only when complete. `facet models import e4s` is this and messages.
 *
 * Takes 13 s of processor time and at most 2.1 GB of memory for the 1024 px net (measured with a checkpoint of the
 * published shapes, 0.7 GB, on Node 20, with and without halves: 12.5 and 12.2 s, 2.08 and 1.77 GB).
 *
 * @throws {ModelError} MODEL_UNREADABLE, MODEL_UNSAFE, or MODEL_UNSUPPORTED (another network; the key is named)
 */
export async function importCheckpoint(options: ImportOptions): Promise<ImportResult> {
  const { checkpoint, parser, fp16, outDir, signal } = options;
  const folder = join(outDir, e4sImport.name);
  const manifest = join(outDir, `${e4sImport.name}.json`);
  await mkdir(folder, { recursive: true });
  const rgi = await withCheckpoint(checkpoint, async (file) => {
    const { weights, record } = rgiContent(file, checkpoint);
    const watched = watchWeights(weights);
    const target = { folder, prefix: `${e4sImport.name}/`, licence, nonCommercial, fp16, resolutions: [256, 512], signal };
    const entries = await writeRgi(watched, record, target);
    watched.checkAllKnown('the regional inversion network', unusedRgi);
    return entries;
  });
  const parserEntry = parser === undefined ? await earlierParser(manifest) : await importParser(parser, folder, fp16);
  signal?.throwIfAborted();
  const profile: Profile = {
    name: e4sImport.name,
    version: '1.0.0',
    description: `${e4sImport.description}; imported from the authors' checkpoint`,
    extends: 'mini',
    roles: { ...(parserEntry ? { parser: parserEntry } : {}), ...rgi },
  };
  checkProfile(profile, manifest);
  const part = `${manifest}.part-${process.pid}`;
  await writeFile(part, `${JSON.stringify(profile, null, 2)}\n`);
  await rename(part, manifest);
  return { manifest, profile };
}

async function importParser(path: string, folder: string, fp16: boolean): Promise<NetworkEntry> {
  return withCheckpoint(path, async (file) => {
    if (!(file.root instanceof Map)) throw otherFile(path, 'a dictionary of tensors');
    const watched = watchWeights(file.weights(file.root, 'module.'));
    const graph = bisenetParser(watched);
    watched.checkAllKnown('the parser', unusedParser);
    const [written] = await writeOnnx(graph, join(folder, 'parser.onnx'), { fp16 });
    return {
      ...written,
      file: `${e4sImport.name}/${written.file}`,
      licence,
      nonCommercial,
      adapter: 'bisenet',
      image: {
        input: 'image',
        width: 1024,
        height: 1024,
        layout: 'NCHW',
        channels: 'RGB',
        // The published normalisation is inside the graph, behind its own reduction to 512.
        mean: [0, 0, 0],
        std: [1, 1, 1],
      },
    };
  });
}

/** The weights with `latent_avg` among them, and the training options. */
function rgiContent(file: Checkpoint, path: string): { weights: Weights; record: Record<string, unknown> } {
  const state = file.root instanceof Map ? file.root.get('state_dict') : undefined;
  if (!(file.root instanceof Map) || !(state instanceof Map)) throw otherFile(path, 'a "state_dict"');
  const average = file.root.get('latent_avg');
  if (!(average instanceof StoredTensor)) throw otherFile(path, 'a "latent_avg"');
  const net = file.weights(state, 'module.');
  const beside = file.weights(new Map<Pickled, Pickled>([['latent_avg', average]]));
  const weights: Weights = {
    keys: [...net.keys, 'latent_avg'],
    dims: (key) => net.dims(key) ?? beside.dims(key),
    read: (key) => (net.dims(key) ? net : beside).read(key),
  };
  return { weights, record: plainRecord(file.root.get('opts')) };
}

function otherFile(path: string, what: string): ModelError {
  return new ModelError(`${path} holds no ${what.replace(/^an? /, '')}.`, {
    code: 'MODEL_UNSUPPORTED',
    hint: `Expected a file with ${what}: ${e4sImport.files.map(({ file, from }) => `${file} from ${from}`).join('; ')}.`,
  });
}

/** The parser of an earlier import, when its manifest still stands. */
async function earlierParser(manifest: string): Promise<NetworkEntry | undefined> {
  try {
    return checkProfile(JSON.parse(await readFile(manifest, 'utf8')), manifest).roles.parser;
  } catch {
    return undefined;
  }
}

async function withCheckpoint<T>(path: string, use: (file: Checkpoint) => Promise<T>): Promise<T> {
  const file = await openCheckpoint(path);
  try {
    return await use(file);
  } finally {
    file.close();
  }
}
