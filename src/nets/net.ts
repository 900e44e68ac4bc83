import { DeviceError, ModelError } from '../core/errors.ts';
import type { Scope } from '../core/scope.ts';
import type { Tensor } from '../core/tensor.ts';
import type { SessionInfo, SessionSpec } from './host.ts';
import { buffersOf } from './serve.ts';
import { Thread } from './thread.ts';
import { workerFile } from './worker-file.ts';

export type NetResult = {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** The inputs' memory, back for the next use. */
  readonly feeds: Readonly<Record<string, Tensor>>;
};

/** A network that stages hold: its session lives in a worker thread of its own. */
export type Net = {
  readonly info: SessionInfo;
  /** Execution provider in use. */
  readonly provider: string;
  /**
   * Runs the network. The inputs' buffers are handed over (not copied) unless they are shared or `keep` is set,
   * and come back in the result. Runs of one net go one after the other.
   *
   * @param options.outputs only these outputs
   * @param options.keep copy the inputs instead of handing them over
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    options?: { readonly outputs?: readonly string[]; readonly keep?: boolean },
  ): Promise<NetResult>;
};

/**
 * Opens a network in a worker thread and registers it with the scope.
 *
 * @throws {ModelError} MODEL_UNREADABLE when the file is no model onnxruntime can load
 * @throws {DeviceError} DEVICE_UNAVAILABLE when the provider cannot be used here
 */
export async function openNet(name: string, spec: SessionSpec, scope: Scope): Promise<Net> {
  const thread = new Thread(workerFile('net'), name);
  scope.defer(`network ${name}`, () => thread.close());
  let info: SessionInfo;
  try {
    info = await thread.request<SessionInfo>({ open: spec });
  } catch (cause) {
    throw openError(name, spec, cause);
  }
  return {
    info,
    provider: spec.provider,
    run: (feeds, options = {}) =>
      thread.request<NetResult>(
        options.outputs ? { run: feeds, outputs: options.outputs } : { run: feeds },
        options.keep ? [] : buffersOf(feeds),
      ),
  };
}

function openError(name: string, spec: SessionSpec, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const isDevice = spec.provider !== 'cpu' && /backend|provider|device|adapter|GPU|EP|library/i.test(reason);
  if (isDevice) {
    return new DeviceError(`The ${spec.provider} device cannot be used here: ${firstLine(reason)}.`, {
      code: 'DEVICE_UNAVAILABLE',
      hint: 'Run "facet doctor" to see which devices work here, or use --device cpu.',
      cause,
    });
  }
  return new ModelError(
    `The ${name} network ${typeof spec.file === 'string' ? `${spec.file} ` : ''}cannot be loaded: ${firstLine(reason)}.`,
    {
      code: 'MODEL_UNREADABLE',
      hint: 'Run "facet models verify" to find damaged files.',
      cause,
    },
  );
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/\.$/, '');
}
