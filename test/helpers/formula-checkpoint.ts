import type { FormulaKey } from './formula.ts';
import type { Weights } from '../../src/core/weights.ts';
import { PickleWriter } from './pickle-writer.ts';
import { writeLegacy, writeZip, type WrittenStorage } from './torch-writer.ts';

export type CheckpointContent = {
  readonly weights: Weights;
  readonly table: readonly FormulaKey[];
  readonly options: Readonly<Record<string, unknown>>;
};

function bytesOf(values: Float32Array, dtype: string): Uint8Array {
  if (dtype === 'int64') return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return new Uint8Array(values.buffer);
}

/** Tensors one by one as dictionary items; values are made when they are written. */
function tensors(p: PickleWriter, content: CheckpointContent, prefix: string, storages: WrittenStorage[]) {
  return content.table.map(({ key, shape, dtype }) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const storage = String(storages.length);
    storages.push({ key: storage, count, bytes: () => bytesOf(content.weights.read(key), dtype) });
    const type = dtype === 'int64' ? 'int64' : 'float32';
    return [`${prefix}${key}`, () => p.tensor({ storage, type, storageCount: count, dims: shape })] as const;
  });
}

/**
 * Writes a checkpoint as the E4S training code does: `state_dict` with `module.` prefixes, `latent_avg` beside it,
 * `opts` with a torch.device.
 */
export function writeRgiCheckpoint(path: string, content: CheckpointContent, isLegacy = false): void {
  const p = new PickleWriter(isLegacy);
  const storages: WrittenStorage[] = [];
  const table = content.table.filter(({ key }) => key !== 'latent_avg');
  const items = tensors(p, { ...content, table }, 'module.', storages);
  const dims = content.weights.dims('latent_avg')!;
  const [average] = tensors(
    p,
    { ...content, table: [{ key: 'latent_avg', shape: dims, dtype: 'float32' }] },
    '',
    storages,
  );
  const options = Object.entries(content.options).map(([key, value]) => [key, () => p.value(value)] as const);
  p.dictionary([
    ['state_dict', () => p.stateDict(items)],
    average!,
    [
      'opts',
      () =>
        p.dictionary([...options, ['device', () => p.global('torch', 'device').value(['cuda', 0]).op(0x52)]]),
    ],
  ]);
  (isLegacy ? writeLegacy : writeZip)(path, p.finish(), storages);
}

/** Writes a flat state_dict, as the parser's file is. */
export function writeStateDict(path: string, content: CheckpointContent, isLegacy = true): void {
  const p = new PickleWriter(isLegacy);
  const storages: WrittenStorage[] = [];
  p.stateDict(tensors(p, content, '', storages));
  (isLegacy ? writeLegacy : writeZip)(path, p.finish(), storages);
}
