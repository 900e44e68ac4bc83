/** What a network does in the pipeline. */
export const roles = [
  'detector',
  'landmarks',
  'refiner',
  'parser',
  'reenactor',
  'restorer',
  'encoder',
  'mapper',
  'generator',
  'recolor',
] as const;
export type Role = (typeof roles)[number];

/** Roles without which nothing can be swapped. */
export const requiredRoles: readonly Role[] = [
  'detector',
  'landmarks',
  'parser',
  'encoder',
  'mapper',
  'generator',
];

/** How a picture becomes a network's input tensor: value = (level / 255 - mean) / std, per channel. */
export type ImageFeed = {
  /** Name of the graph's input. */
  readonly input: string;
  readonly width: number;
  readonly height: number;
  readonly layout: 'NCHW' | 'NHWC';
  readonly channels: 'RGB' | 'BGR';
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
};

/** One network of a profile. */
export type NetworkEntry = {
  /** Path of the ONNX file, relative to the manifest; external data files lie beside it. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly licence: string;
  readonly nonCommercial: boolean;
  /** Where the file can be fetched, when it is public. */
  readonly url?: string;
  /** Which adapter feeds and decodes it, e.g. `facet-detector`, `yunet`, `facet-landmarks`, `facemesh`. */
  readonly adapter: string;
  readonly image?: ImageFeed;
  /** Numbers and names that only the adapter understands. */
  readonly params?: Readonly<Record<string, number | string | boolean | readonly number[]>>;
  /**
   * Files beside the ONNX file that belong to it, by name: what the adapter needs (e.g. the shape basis), and the
   * graph's external data.
   */
  readonly extras?: Readonly<
    Record<string, { readonly file: string; readonly sha256: string; readonly bytes: number }>
  >;
};

/** A set of networks, by role (manifest JSON). */
export type Profile = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Name or path of another profile that gives the roles this one does not name. */
  readonly extends?: string;
  readonly roles: Readonly<Partial<Record<Role, NetworkEntry>>>;
};
