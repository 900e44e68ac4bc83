import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as ort from 'onnxruntime-node';

/**
 * Run as a process of its own (a graphics driver that crashes takes only it along): reads a request as a message,
 * runs the graph once on the provider with onnxruntime's profiling on, and answers with {@link Placed}.
 */

export type PlaceRequest = {
  readonly file: string;
  readonly provider: string;
  /** Prefix of the profile, in a folder that is removed afterwards. */
  readonly prefix: string;
  readonly feeds: readonly {
    readonly name: string;
    readonly type: 'float32' | 'uint8';
    readonly data: readonly number[];
    readonly dims: readonly number[];
  }[];
};

export type Placed = {
  /** Operators by the provider that ran them, sorted, without those that onnxruntime adds to copy between devices. */
  readonly operators: Readonly<Record<string, readonly string[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
};

process.once('message', (request: PlaceRequest) => {
  place(request).then(
    (placed) => process.send!(placed, () => process.exit(0)),
    (error: unknown) => process.send!({ error: String(error) }, () => process.exit(1)),
  );
});

async function place({ file, provider, prefix, feeds }: PlaceRequest): Promise<Placed> {
  const session = await ort.InferenceSession.create(file, {
    executionProviders: [provider],
    enableProfiling: true,
    profileFilePrefix: prefix,
    logSeverityLevel: 3,
  });
  const inputs = Object.fromEntries(
    feeds.map(({ name, type, data, dims }) => [
      name,
      type === 'uint8'
        ? new ort.Tensor(type, Uint8Array.from(data), dims)
        : new ort.Tensor(type, Float32Array.from(data), dims),
    ]),
  );
  const results = await session.run(inputs);
  const outputs: Record<string, readonly number[]> = {};
  for (const [name, value] of Object.entries(results))
    outputs[name] = Array.from((await value.getData()) as Float32Array);
  session.endProfiling();
  const profile = (await readdir(dirname(prefix))).find((name) => name.startsWith(basename(prefix)))!;
  const path = join(dirname(prefix), profile);
  const events = JSON.parse(await readFile(path, 'utf8')) as readonly {
    cat: string;
    args?: { provider?: string; op_name?: string };
  }[];
  await rm(path);
  const byProvider = new Map<string, Set<string>>();
  for (const { cat, args } of events) {
    if (cat !== 'Node' || !args?.provider || !args.op_name || args.op_name.startsWith('Memcpy')) continue;
    const name = args.provider.replace('ExecutionProvider', '').toLowerCase();
    byProvider.set(name, (byProvider.get(name) ?? new Set()).add(args.op_name));
  }
  return {
    operators: Object.fromEntries([...byProvider].map(([name, ops]) => [name, [...ops].sort()])),
    outputs,
  };
}
