import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { NetworkEntry, Profile } from '../../src/core/profile.ts';
import { detectorOf } from '../../src/nets/detector.ts';
import type { OpenedNet } from '../../src/nets/opened.ts';

const mini = JSON.parse(readFileSync('models/mini.json', 'utf8')) as Profile;
const opened = (params: NetworkEntry['params']): OpenedNet =>
  ({
    net: { info: { inputs: [], outputs: [] } },
    entry: { ...mini.roles.detector!, params },
  }) as unknown as OpenedNet;

it('takes the score from which on a detection counts from the manifest, else 0.5', () => {
  expect(detectorOf(opened({ minScore: 0.7 })).minScore).toBe(0.7);
  expect(detectorOf(opened(undefined)).minScore).toBe(0.5);
});
