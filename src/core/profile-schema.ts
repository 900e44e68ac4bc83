import { z } from 'zod';
import { ModelError } from './errors.ts';
import { roles, type Profile } from './profile.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { message: '64 lower-case hexadecimal digits' });
const bytes = z.number().int({ message: 'a whole number' }).positive({ message: 'more than 0' });
const text = z.string().min(1, { message: 'some text' });
const side = z.number().int({ message: 'a whole number of pixels' }).min(1).max(8192);
const threeNumbers = z.tuple([z.number(), z.number(), z.number()]);

const imageFeed = z.strictObject({
  input: text,
  width: side,
  height: side,
  layout: z.enum(['NCHW', 'NHWC']),
  channels: z.enum(['RGB', 'BGR']),
  mean: threeNumbers,
  std: threeNumbers.refine((values) => values.every((value) => value !== 0), { message: 'not 0' }),
});

const fileFacts = { file: text, sha256, bytes };

const networkEntry = z.strictObject({
  ...fileFacts,
  licence: text,
  nonCommercial: z.boolean(),
  url: z.url({ protocol: /^https?$/, message: 'an http or https address' }).exactOptional(),
  adapter: text,
  image: imageFeed.exactOptional(),
  params: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.array(z.number())]))
    .exactOptional(),
  extras: z.record(z.string(), z.strictObject(fileFacts)).exactOptional(),
});

const profileSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, { message: 'lower-case letters, digits, dot, dash' }),
  version: text,
  description: text,
  extends: text.exactOptional(),
  roles: z.strictObject(
    Object.fromEntries(roles.map((role) => [role, networkEntry.exactOptional()])) as Record<
      (typeof roles)[number],
      z.ZodExactOptional<typeof networkEntry>
    >,
  ),
});

/**
 * A manifest's content, checked key by key; unknown keys are errors.
 *
 * @param where path of the manifest, for the message
 * @throws {ModelError} MODEL_MANIFEST_INVALID; the message names the key
 */
export function checkProfile(value: unknown, where: string): Profile {
  const result = profileSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const key = issue === undefined || issue.path.length === 0 ? 'the manifest' : issue.path.join('.');
  const problem =
    issue?.code === 'unrecognized_keys' ? `has the unknown key ${issue.keys.join(', ')}` : 'is wrong';
  throw new ModelError(`In the manifest ${where}, ${key} ${problem}.`, {
    code: 'MODEL_MANIFEST_INVALID',
    hint:
      issue?.code === 'unrecognized_keys'
        ? 'Remove it, or check its spelling in docs/models.md.'
        : `Expected there: ${issue?.message ?? 'another value'}. docs/models.md lists every key.`,
    cause: result.error,
  });
}
