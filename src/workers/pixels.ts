import { shapeKeeper } from '../nets/keep-shapes.ts';
import { buffersOf, serve } from '../nets/serve.ts';
import { tasks, type TaskName } from '../ops/tasks.ts';

// Worker entry: pixel work. One request names a task of ops/tasks.ts and carries its argument.

const keepShape = shapeKeeper();

serve((body) => {
  const message = body as { task: TaskName; input: never } | { close: true };
  if ('close' in message) return { value: undefined };
  const task = tasks[message.task] as (input: unknown) => unknown;
  const value = task(message.input);
  const transfer = buffersOf(value);
  keepShape(message.task, message);
  return { value, transfer };
});
