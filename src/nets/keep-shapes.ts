/**
 * Makes what remembers the last message of each kind, without its pixels.
 *
 * V8 compiles a loop for the shapes of the objects it meets, and throws the code away when none of a shape is left at a
 * collection: a worker whose messages come and go would compile its work anew every few frames. With one of a shape
 * alive, that ends.
 *
 * @returns to be called when a message is done with: its typed arrays are replaced by empty ones, in place
 */
export function shapeKeeper(): (kind: string, message: object) => void {
  const last = new Map<string, object>();
  return (kind, message) => {
    dropPixels(message);
    last.set(kind, message);
  };
}

function dropPixels(value: object): void {
  const fields = value as Record<string, unknown>;
  for (const [name, field] of Object.entries(fields)) {
    if (ArrayBuffer.isView(field)) fields[name] = emptied(field);
    else if (typeof field === 'object' && field !== null) dropPixels(field);
  }
}

/** An empty array of the same kind. */
function emptied(view: ArrayBufferView): ArrayBufferView {
  const Kind = view.constructor as new (length: number) => ArrayBufferView;
  return new Kind(0);
}
