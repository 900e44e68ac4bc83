import type { Pickled, Storage } from './pickled.ts';

/** An open checkpoint of either format. */
export type Container = {
  readonly root: Pickled;
  /** Bytes of a storage, counted from the storage's first element. */
  read(storage: Storage, offset: number, length: number): Buffer;
};
