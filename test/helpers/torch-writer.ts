import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { PickleWriter } from './pickle-writer.ts';

/** A storage to be written; its bytes are made when their turn comes. */
export type WrittenStorage = {
  readonly key: string;
  readonly count: number;
  readonly bytes: () => Uint8Array;
};

/** Writes a zip checkpoint as torch >= 1.6 does: stored entries, data aligned to 64 bytes. */
export function writeZip(path: string, pickle: Buffer, storages: readonly WrittenStorage[]): void {
  const entries: (readonly [string, () => Uint8Array])[] = [
    ['archive/data.pkl', () => pickle],
    ['archive/byteorder', () => Buffer.from('little')],
    ...storages.map(({ key, bytes }) => [`archive/data/${key}`, bytes] as const),
    ['archive/version', () => Buffer.from('3\n')],
  ];
  writeArchive(path, entries);
}

/** Writes any entries as a zip archive without compression. */
export function writeArchive(path: string, entries: readonly (readonly [string, () => Uint8Array])[]): void {
  const file = openSync(path, 'w');
  let at = 0;
  const put = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length;)
      done += writeSync(file, bytes, done, bytes.length - done, at + done);
    at += bytes.length;
  };
  const directory: Buffer[] = [];
  for (const [name, make] of entries) {
    const data = make();
    const nameBytes = Buffer.from(name);
    const start = at;
    const padding = (64 - ((start + 30 + nameBytes.length + 4) % 64)) % 64;
    const extra = Buffer.alloc(4 + padding);
    extra.writeUInt16LE(0x4246, 0);
    extra.writeUInt16LE(padding, 2);
    const sum = crc32(data) >>> 0;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    fields(local, 4, sum, data.length, nameBytes.length, extra.length);
    put(local);
    put(nameBytes);
    put(extra);
    put(data);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    fields(central, 6, sum, data.length, nameBytes.length, 0);
    central.writeUInt32LE(start, 42);
    directory.push(central, nameBytes);
  }
  const table = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(table.length, 12);
  end.writeUInt32LE(at, 16);
  put(table);
  put(end);
  closeSync(file);
}

function fields(header: Buffer, at: number, sum: number, size: number, name: number, extra: number): void {
  header.writeUInt32LE(sum, at + 10);
  header.writeUInt32LE(size, at + 14);
  header.writeUInt32LE(size, at + 18);
  header.writeUInt16LE(name, at + 22);
  header.writeUInt16LE(extra, at + 24);
}

/** Writes the legacy stream: five pickles, then each storage as its count and raw data. */
export function writeLegacy(path: string, pickle: Buffer, storages: readonly WrittenStorage[]): void {
  const magic = Buffer.from([
    0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ]);
  const system = { protocol_version: 1001, little_endian: true, type_sizes: { short: 2, int: 4, long: 4 } };
  const file = openSync(path, 'w');
  const put = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
  };
  put(magic);
  put(new PickleWriter().value(1001).finish());
  put(new PickleWriter().value(system).finish());
  put(pickle);
  const keys = new PickleWriter().op(0x5d, 0x28);
  for (const { key } of storages) keys.text(key);
  put(keys.op(0x65).finish());
  for (const { count, bytes } of storages) {
    const head = Buffer.alloc(8);
    head.writeBigInt64LE(BigInt(count));
    put(head);
    put(bytes());
  }
  closeSync(file);
}
