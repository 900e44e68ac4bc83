import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import type { Tensor } from '../core/tensor.ts';
import { fixBatch } from '../ops/graph/fix-batch.ts';

/** What a session needs to be opened. */
export type SessionSpec = {
  /** Path of the ONNX file, or the model itself. */
  readonly file: string | Uint8Array;
  /** Execution provider of onnxruntime: cpu, webgpu, cuda, tensorrt, coreml or dml. */
  readonly provider: string;
  /** Threads inside one operator (cpu provider). */
  readonly threads: number;
  /** A file in which the number of pictures is left open is opened for one at a time. */
  readonly isOneByOne?: boolean;
  /** Fail when the provider leaves part of the graph to the processor, as onnxruntime does without a word. */
  readonly isWhole?: boolean;
};

export type TensorInfo = { readonly name: string; readonly dims: readonly (number | string)[] };
export type SessionInfo = { readonly inputs: readonly TensorInfo[]; readonly outputs: readonly TensorInfo[] };

/** Execution providers that this build of onnxruntime knows; their libraries may be missing all the same. */
export function listedProviders(): readonly string[] {
  return ort.listSupportedBackends().map(({ name }) => name);
}

/** A session inside a worker thread. `run` blocks the thread it is called on (onnxruntime-node 1.30). */
export class SessionHost {
  readonly #session: ort.InferenceSession;

  private constructor(session: ort.InferenceSession) {
    this.#session = session;
  }

  static async open(spec: SessionSpec): Promise<SessionHost> {
    const options: ort.InferenceSession.SessionOptions = {
      executionProviders: [spec.provider],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: spec.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // A network that does not fit wholly is no error: it is opened again.
      logSeverityLevel: spec.isWhole === true ? 4 : 3,
      // Threads that spin while waiting would take the cores from ffmpeg and the other sessions.
      extra: {
        session: {
          intra_op: { allow_spinning: '0' },
          ...(spec.isWhole === true && { disable_cpu_ep_fallback: '1' }),
        },
      },
    };
    let model = spec.file;
    if (spec.isOneByOne === true && typeof model === 'string') {
      const bytes = await readFile(model);
      // A path stays one where nothing changes: constants may lie in files beside it.
      if (fixBatch(bytes)) model = bytes;
    }
    const session =
      typeof model === 'string'
        ? await ort.InferenceSession.create(model, options)
        : await ort.InferenceSession.create(model, options);
    return new SessionHost(session);
  }

  get info(): SessionInfo {
    const describe = (metadata: readonly ort.InferenceSession.ValueMetadata[]): TensorInfo[] =>
      metadata.map((value) => ({ name: value.name, dims: value.isTensor ? value.shape : [] }));
    return {
      inputs: describe(this.#session.inputMetadata),
      outputs: describe(this.#session.outputMetadata),
    };
  }

  async run(
    feeds: Readonly<Record<string, Tensor>>,
    wanted?: readonly string[],
  ): Promise<Record<string, Tensor>> {
    const inputs: Record<string, ort.Tensor> = {};
    for (const [name, tensor] of Object.entries(feeds)) inputs[name] = toOrt(tensor);
    const results = wanted ? await this.#session.run(inputs, wanted) : await this.#session.run(inputs);
    const outputs: Record<string, Tensor> = {};
    for (const [name, value] of Object.entries(results)) {
      outputs[name] = { data: (await value.getData()) as Tensor['data'], dims: value.dims };
    }
    return outputs;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

function toOrt({ data, dims }: Tensor): ort.Tensor {
  if (data instanceof Float32Array) return new ort.Tensor('float32', data, dims);
  if (data instanceof Uint8Array) return new ort.Tensor('uint8', data, dims);
  if (data instanceof Int32Array) return new ort.Tensor('int32', data, dims);
  return new ort.Tensor('int64', data, dims);
}
