import tseslint from 'typescript-eslint';
import vitest from '@vitest/eslint-plugin';

/** Import arrows: core <- ops <- media | models | nets <- stages <- pipeline <- cli. */
const layers = {
  core: ['ops', 'media', 'models', 'nets', 'stages', 'pipeline', 'cli', 'workers'],
  ops: ['media', 'models', 'nets', 'stages', 'pipeline', 'cli', 'workers'],
  media: ['models', 'nets', 'stages', 'pipeline', 'cli', 'workers'],
  models: ['media', 'nets', 'stages', 'pipeline', 'cli', 'workers'],
  nets: ['media', 'models', 'stages', 'pipeline', 'cli', 'workers'],
  workers: ['media', 'models', 'stages', 'pipeline', 'cli'],
  stages: ['pipeline', 'cli', 'workers'],
  pipeline: ['cli', 'workers'],
};

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'models/**', 'samples/**', 'coverage/**', '**/*.d.ts'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/only-throw-error': 'error',
      'prefer-const': 'error',
      eqeqeq: 'error',
    },
  },
  ...Object.entries(layers).map(([layer, forbidden]) => ({
    files: [`src/${layer}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: forbidden.flatMap((name) => [
                `../${name}/*`,
                `../../${name}/*`,
                `../../${name}/**`,
                `../${name}/**`,
              ]),
              message: `src/${layer} may not import from a layer above or beside it.`,
            },
          ],
        },
      ],
    },
  })),
  {
    files: ['test/**/*.test.ts'],
    plugins: { vitest },
    rules: {
      'vitest/valid-expect': 'error',
      'vitest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect', 'expect*', 'assert*', 'fc.assert'] },
      ],
      'vitest/no-focused-tests': 'error',
    },
  },
);
