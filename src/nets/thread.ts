import { channel } from 'node:diagnostics_channel';
import { Worker, type TransferListItem } from 'node:worker_threads';

type Reply = {
  id: number;
  value?: unknown;
  milliseconds?: number;
  error?: { message: string; stack?: string | undefined };
};

/** One request that a worker has answered, as told on the diagnostics channel `facet:thread`. */
export type ThreadWork = {
  /** The thread's name: a role, or `pixels N`. */
  readonly thread: string;
  /** What it was asked for, by the first words of the request: a task's name, `run`, `open`. */
  readonly task: string;
  /** How long the worker was at it; waiting in its queue is not counted. */
  readonly milliseconds: number;
};

/** For measurements from outside; nothing is told where nobody listens. */
const work = channel('facet:thread');

/**
 * A worker thread that answers requests in order. Requests still open when it is closed or dies are rejected;
 * closing waits for the request that is being worked on.
 */
export class Thread {
  readonly #worker: Worker;
  readonly #name: string;
  readonly #open = new Map<
    number,
    { task: string; resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #nextId = 0;
  #failure: Error | undefined;
  #isClosing = false;

  constructor(file: URL, name: string, workerData?: unknown) {
    this.#name = name;
    this.#worker = new Worker(file, { name, workerData });
    this.#worker.on('message', (reply: Reply) => {
      const request = this.#open.get(reply.id);
      if (!request) return;
      this.#open.delete(reply.id);
      if (work.hasSubscribers) {
        const { task } = request;
        work.publish({
          thread: this.#name,
          task,
          milliseconds: reply.milliseconds ?? 0,
        } satisfies ThreadWork);
      }
      if (reply.error) {
        const error = new Error(reply.error.message);
        if (reply.error.stack !== undefined) error.stack = reply.error.stack;
        request.reject(error);
      } else request.resolve(reply.value);
    });
    this.#worker.on('error', (error: unknown) => {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    });
    this.#worker.on('exit', (code) => {
      this.#fail(new Error(`Worker ${name} ended with code ${code}.`));
    });
  }

  /** Requests that are not answered yet. */
  get pending(): number {
    return this.#open.size;
  }

  /** Sends a request; the buffers in `transfer` belong to the worker from now on. */
  request<T>(body: unknown, transfer: readonly TransferListItem[] = []): Promise<T> {
    if (this.#isClosing) return Promise.reject(new Error('The worker is closed.'));
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#open.set(id, { task: taskOf(body), resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, body }, transfer as TransferListItem[]);
    });
  }

  /** Asks the worker to end after the request in work; resolves when the thread is gone. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    const last = this.request({ close: true }).catch(() => undefined);
    this.#isClosing = true;
    await last;
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }
}

function taskOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { task } = body as { task?: unknown };
  return typeof task === 'string' ? task : (Object.keys(body)[0] ?? '');
}
