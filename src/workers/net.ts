import { SessionHost, type SessionSpec } from '../nets/host.ts';
import { buffersOf, serve, type Answer } from '../nets/serve.ts';
import type { Tensor } from '../core/tensor.ts';

// Worker entry: one onnxruntime session. Inputs come by transfer and go back with the outputs, for the next use.

type Body =
  { open: SessionSpec } | { run: Record<string, Tensor>; outputs?: readonly string[] } | { close: true };

let host: SessionHost | undefined;

serve(async (body): Promise<Answer> => {
  const message = body as Body;
  if ('open' in message) {
    host = await SessionHost.open(message.open);
    return { value: host.info };
  }
  if ('run' in message) {
    if (!host) throw new Error('The session is not open.');
    const outputs = await host.run(message.run, message.outputs);
    const value = { outputs, feeds: message.run };
    return { value, transfer: buffersOf(value) };
  }
  await host?.close();
  host = undefined;
  return { value: undefined };
});
