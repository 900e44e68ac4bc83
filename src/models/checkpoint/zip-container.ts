import { inflateRawSync } from 'node:zlib';
import yauzl from 'yauzl';
import { readAt } from '../read-at.ts';
import { elementBytes } from '../stored-type.ts';
import { ByteSource } from './byte-source.ts';
import { PickleProblem } from './errors.ts';
import type { Container } from './container.ts';
import { storageOfId } from './storage-id.ts';
import { unpickle } from './unpickle.ts';

type Part = { readonly start: number; readonly stored: number; readonly bytes: number; readonly isDeflated: boolean };

/** The table of contents of a real checkpoint is some hundred kilobytes. */
const maxPickleBytes = 32 * 2 ** 20;

/** The zip container (torch 1.6 and later): `<name>/data.pkl` and one entry per storage, `<name>/data/<key>`. */
export async function openZipContainer(path: string, file: number): Promise<Container> {
  const parts = await listParts(path);
  const pickleName = [...parts.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (!pickleName) throw new PickleProblem('the archive has no data.pkl');
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const order = parts.get(`${folder}byteorder`);
  if (order && readPart(file, order, 0, Math.min(order.bytes, 16)).toString('latin1') !== 'little') {
    throw new PickleProblem('its numbers are big-endian');
  }
  const pickle = parts.get(pickleName)!;
  if (pickle.bytes > maxPickleBytes) throw new PickleProblem('its table of contents is far too large');
  const root = unpickle(ByteSource.ofBuffer(readPart(file, pickle, 0, pickle.bytes)), (id) => {
    const storage = storageOfId(id);
    const part = parts.get(`${folder}data/${storage.key}`);
    if (!part) throw new PickleProblem(`storage ${storage.key.slice(0, 40)} is missing`);
    if (part.bytes < storage.count * elementBytes[storage.type]) {
      throw new PickleProblem(`storage ${storage.key.slice(0, 40)} is too short`);
    }
    return storage;
  });
  return {
    root,
    read: (storage, offset, length) => readPart(file, parts.get(`${folder}data/${storage.key}`)!, offset, length),
  };
}

/** The archive's entries, with where their data begins. yauzl refuses absolute names and those with `..`. */
async function listParts(path: string): Promise<Map<string, Part>> {
  const zip = await yauzl.openPromise(path, { autoClose: false, lazyEntries: true, validateEntrySizes: false });
  try {
    const size = zip.fileSize;
    const parts = new Map<string, Part>();
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) throw new PickleProblem('it is encrypted');
      const { compressionMethod: method, compressedSize: stored, uncompressedSize: bytes, fileName } = entry;
      if (method !== 0 && method !== 8) throw new PickleProblem(`it is compressed by method ${method}`);
      if (parts.has(fileName)) throw new PickleProblem('the archive has two entries of one name');
      const { fileDataStart: start } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      if (start + stored > size || (method === 0 && stored !== bytes)) throw new PickleProblem('it is truncated');
      // Deflate cannot do better than 1032:1.
      if (bytes > 1040 * stored + 1040) throw new PickleProblem('an entry claims an impossible size');
      parts.set(fileName, { start, stored, bytes, isDeflated: method === 8 });
    }
    return parts;
  } finally {
    zip.close();
  }
}

function readPart(file: number, part: Part, offset: number, length: number): Buffer {
  if (offset + length > part.bytes) throw new PickleProblem('it is truncated');
  if (!part.isDeflated) return readAt(file, part.start + offset, length);
  const whole = inflateRawSync(readAt(file, part.start, part.stored), { maxOutputLength: Math.max(1, part.bytes) });
  if (whole.length !== part.bytes) throw new PickleProblem('an entry has another size than it claims');
  return whole.subarray(offset, offset + length);
}
