import { parentPort, type TransferListItem } from 'node:worker_threads';

/** An answer and the buffers that go with it instead of being copied. */
export type Answer = { readonly value: unknown; readonly transfer?: readonly TransferListItem[] };

/** The worker's side of `Thread`: answers requests one after the other, in order. */
export function serve(handle: (body: unknown) => Answer | Promise<Answer>): void {
  const port = parentPort;
  if (!port) throw new Error('serve() runs in a worker thread only.');
  let last: Promise<void> = Promise.resolve();
  port.on('message', ({ id, body }: { id: number; body: unknown }) => {
    last = last.then(async () => {
      const startedAt = performance.now();
      try {
        const { value, transfer } = await handle(body);
        const milliseconds = performance.now() - startedAt;
        port.postMessage({ id, value, milliseconds }, [...(transfer ?? [])]);
      } catch (error) {
        const known = error instanceof Error ? error : new Error(String(error));
        port.postMessage({ id, error: { message: known.message, stack: known.stack } });
      }
    });
  });
}

/** The buffers of typed arrays among an object's fields; shared memory is not transferred. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  if (typeof value !== 'object' || value === null) return [];
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  return [...new Set(Object.values(value).flatMap((field) => buffersOf(field)))];
}
