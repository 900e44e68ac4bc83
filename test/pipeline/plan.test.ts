import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveOptions } from '../../src/core/options/define.ts';
import { swapOptions } from '../../src/core/options/swap.ts';
import { label } from '../../src/core/regions.ts';
import { planSwap, type SwapPlan } from '../../src/pipeline/plan.ts';

let dir = '';
let photo = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'facet-plan-'));
  photo = join(dir, 'a.png');
  await writeFile(photo, 'only looked at, not read');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const plan = (given: Record<string, unknown>): Promise<SwapPlan> =>
  planSwap(resolveOptions(swapOptions, given));

describe('planSwap', () => {
  it('puts regions and amounts together, by label', async () => {
    const { entries } = await plan({ source: [photo], regions: 'lip,skin', amount: 'skin=0.4' });
    expect(entries).toHaveLength(1);
    expect(entries[0]!.amounts[label.lip]).toBe(1);
    expect(entries[0]!.amounts[label.skin]).toBeCloseTo(0.4, 6);
    expect(entries[0]!.amounts[label.nose]).toBe(0);
  });
  it('lets a map entry have its own, and the others from the run', async () => {
    const map = [`${photo}=0`, { source: photo, faces: '1', regions: 'nose', shape: 0.5 }];
    const { entries } = await plan({ map, amount: '0.8', shape: 'target' });
    expect(entries.map((entry) => entry.shape)).toEqual([0, 0.5]);
    expect(entries[1]!.amounts[label.nose]).toBeCloseTo(0.8, 6);
    expect(entries[1]!.amounts[label.lip]).toBe(0);
    expect(entries[0]!.amounts[label.lip]).toBeCloseTo(0.8, 6);
  });
  it('says when a source can get no face', async () => {
    const { leftOut } = await plan({ map: [`${photo}=all`, `${photo}=1`] });
    expect(leftOut.join()).toContain('put it last');
  });
  it.each([
    [{}, 'USAGE_MISSING_OPTION'],
    [{ source: ['a.png'], map: ['b.png=0'] }, 'USAGE_CONFLICT'],
    [{ source: ['/nowhere/a.png'] }, 'INPUT_NOT_FOUND'],
    [{ source: [tmpdir()] }, 'INPUT_UNREADABLE'],
  ])('refuses %j', async (given, code) => {
    await expect(plan(given)).rejects.toMatchObject({ code });
  });
  it('refuses a swap that would change nothing', async () => {
    const nothing = plan({ source: [photo], amount: '0', shape: 'target' });
    await expect(nothing).rejects.toMatchObject({ code: 'USAGE_NOTHING_TO_DO' });
  });
});
