import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeRgiCheckpoint, writeStateDict } from '../test/helpers/formula-checkpoint.ts';
import { formulaWeights, readFixture } from '../test/helpers/formula.ts';

/**
 * `tsx scripts/write-formula-checkpoint.ts FOLDER [256|1024]`: writes `iteration_300000.pt` and `79999_iter.pth` with
 * the numbers of the parity fixtures in place of trained ones, to try `facet models import e4s` and the profile
 * without downloading anything. Pictures made with it are noise.
 */
function main(): void {
  const [folder = '.', size = '1024'] = process.argv.slice(2);
  mkdirSync(folder, { recursive: true });
  const rgi = readFixture(`rgi_${size}`);
  const checkpoint = join(folder, 'iteration_300000.pt');
  writeRgiCheckpoint(checkpoint, {
    weights: formulaWeights(rgi),
    table: rgi.state_dict,
    options: rgi.options,
  });
  const parser = readFixture('bisenet');
  const parserFile = join(folder, '79999_iter.pth');
  writeStateDict(parserFile, { weights: formulaWeights(parser), table: parser.state_dict, options: {} });
  console.log(`${checkpoint}\n${parserFile}`);
}

main();
