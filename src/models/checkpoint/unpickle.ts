import type { ByteSource } from './byte-source.ts';
import { PickleProblem } from './errors.ts';
import { callGlobal, findGlobal, setState } from './globals.ts';
import { Named, type Pickled, type Storage } from './pickled.ts';

/** Real checkpoints need some tens of thousands of steps and a few hundred kilobytes. */
const maxSteps = 4_000_000;
const maxBytes = 32 * 2 ** 20;

/** What a persistent id stands for: torch's storages. */
export type LoadStorage = (id: readonly Pickled[]) => Storage;

/**
 * Reads one pickle (protocols 2 to 5, binary opcodes) without running anything: names are looked up in an
 * allow-list, and the few that can be called build plain values. Every step costs at least a byte of input, and
 * steps and bytes are limited, so a hostile file can waste neither time nor memory.
 *
 * @throws {PickleProblem}
 */
export function unpickle(source: ByteSource, loadStorage: LoadStorage): Pickled {
  return new Unpickler(source, loadStorage).run();
}

class Unpickler {
  readonly #source: ByteSource;
  readonly #loadStorage: LoadStorage;
  #stack: Pickled[] = [];
  readonly #marks: Pickled[][] = [];
  readonly #memo = new Map<number, Pickled>();
  /** Option objects, whose state is their content. */
  readonly #namespaces = new WeakSet<object>();

  constructor(source: ByteSource, loadStorage: LoadStorage) {
    this.#source = source;
    this.#loadStorage = loadStorage;
  }

  run(): Pickled {
    const start = this.#source.position;
    for (let step = 0; step < maxSteps; step++) {
      const opcode = this.#source.byte();
      if (opcode === 0x2e) return this.#pop(); // STOP
      this.#step(opcode);
      if (this.#source.position - start > maxBytes) break;
    }
    throw new PickleProblem('its table of contents is far too large');
  }

  #step(opcode: number): void {
    const source = this.#source;
    switch (opcode) {
      case 0x80: {
        const protocol = source.byte();
        if (protocol < 2 || protocol > 5) throw new PickleProblem(`pickle protocol ${protocol} is not known`);
        return;
      }
      case 0x95: // FRAME
        source.bytes(8);
        return;
      case 0x28: // MARK
        this.#marks.push(this.#stack);
        this.#stack = [];
        return;
      case 0x30: // POP
        this.#pop();
        return;
      case 0x4e:
        return this.#push(null);
      case 0x88:
        return this.#push(true);
      case 0x89:
        return this.#push(false);
      case 0x4a: // BININT
        return this.#push(source.bytes(4).readInt32LE(0));
      case 0x4b: // BININT1
        return this.#push(source.byte());
      case 0x4d: // BININT2
        return this.#push(source.bytes(2).readUInt16LE(0));
      case 0x8a: // LONG1
        return this.#push(long(source.bytes(source.byte())));
      case 0x47: // BINFLOAT
        return this.#push(source.bytes(8).readDoubleBE(0));
      case 0x58: // BINUNICODE
        return this.#push(this.#text(source.bytes(4).readUInt32LE(0)));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#text(source.byte()));
      case 0x55: // SHORT_BINSTRING (Python 2)
        return this.#push(this.#text(source.byte()));
      case 0x54: // BINSTRING (Python 2)
        return this.#push(this.#text(source.bytes(4).readUInt32LE(0)));
      case 0x42: // BINBYTES
        return this.#push(this.#bytes(source.bytes(4).readUInt32LE(0)));
      case 0x43: // SHORT_BINBYTES
        return this.#push(this.#bytes(source.byte()));
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        return this.#push([]);
      case 0x7d: // EMPTY_DICT
        return this.#push(new Map());
      case 0x74: // TUPLE
      case 0x6c: // LIST
        return this.#push(this.#sinceMark());
      case 0x85:
      case 0x86:
      case 0x87: // TUPLE1, 2, 3
        return this.#push(this.#popMany(opcode - 0x84));
      case 0x61: {
        const item = this.#pop(); // APPEND
        return this.#append([item]);
      }
      case 0x65: // APPENDS
        return this.#append(this.#sinceMark());
      case 0x73: {
        const pair = this.#popMany(2); // SETITEM
        return this.#setItems(pair);
      }
      case 0x75: // SETITEMS
        return this.#setItems(this.#sinceMark());
      case 0x71: // BINPUT
        this.#memo.set(source.byte(), this.#top());
        return;
      case 0x72: // LONG_BINPUT
        this.#memo.set(source.bytes(4).readUInt32LE(0), this.#top());
        return;
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        return;
      case 0x68: // BINGET
        return this.#push(this.#recall(source.byte()));
      case 0x6a: // LONG_BINGET
        return this.#push(this.#recall(source.bytes(4).readUInt32LE(0)));
      case 0x63: // GLOBAL
        return this.#push(findGlobal(source.line(), source.line()));
      case 0x93: {
        const [module, name] = this.#popMany(2); // STACK_GLOBAL
        return this.#push(findGlobal(String(module), String(name)));
      }
      case 0x52: // REDUCE
      case 0x81: {
        const [callee, args] = this.#popMany(2); // NEWOBJ
        const made = callGlobal(callee!, args!);
        if (callee instanceof Named && callee.name === 'argparse.Namespace') this.#namespaces.add(made as object);
        return this.#push(made);
      }
      case 0x62: {
        const state = this.#pop(); // BUILD
        const target = this.#top();
        return setState(target, state, typeof target === 'object' && target !== null && this.#namespaces.has(target));
      }
      case 0x51: {
        const id = this.#pop(); // BINPERSID
        if (!Array.isArray(id)) throw new PickleProblem('a storage has no proper name');
        return this.#push(this.#loadStorage(id));
      }
      default:
        throw new PickleProblem(`it has the pickle opcode 0x${opcode.toString(16)}`, true);
    }
  }

  #push(value: Pickled): void {
    this.#stack.push(value);
  }

  #pop(): Pickled {
    const value = this.#stack.pop();
    if (value === undefined) throw new PickleProblem('its table of contents is corrupt (empty stack)');
    return value;
  }

  #popMany(count: number): Pickled[] {
    if (this.#stack.length < count) throw new PickleProblem('its table of contents is corrupt (empty stack)');
    return this.#stack.splice(this.#stack.length - count, count);
  }

  #top(): Pickled {
    const value = this.#stack.at(-1);
    if (value === undefined) throw new PickleProblem('its table of contents is corrupt (empty stack)');
    return value;
  }

  #sinceMark(): Pickled[] {
    const outer = this.#marks.pop();
    if (!outer) throw new PickleProblem('its table of contents is corrupt (no mark)');
    const items = this.#stack;
    this.#stack = outer;
    return items;
  }

  #append(items: readonly Pickled[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw new PickleProblem('its table of contents is corrupt (no list)');
    for (const item of items) list.push(item);
  }

  #setItems(items: readonly Pickled[]): void {
    const map = this.#top();
    if (!(map instanceof Map) || items.length % 2 !== 0) {
      throw new PickleProblem('its table of contents is corrupt (no dictionary)');
    }
    for (let i = 0; i < items.length; i += 2) map.set(items[i]!, items[i + 1]!);
  }

  #recall(index: number): Pickled {
    const value = this.#memo.get(index);
    if (value === undefined) throw new PickleProblem('its table of contents is corrupt (no memo)');
    return value;
  }

  #text(length: number): string {
    return this.#source.bytes(length).toString('utf8');
  }

  #bytes(length: number): Uint8Array {
    return Uint8Array.from(this.#source.bytes(length));
  }
}

/** A little-endian two's complement integer; a number where it fits. */
function long(bytes: Buffer): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  if (bytes.length > 0 && bytes[bytes.length - 1]! & 0x80) value -= 1n << BigInt(8 * bytes.length);
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}
