import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Two cores: test files that start ffmpeg and sessions run two at a time, no more.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/build.ts'],
    testTimeout: 60_000,
    // Hooks make clips with ffmpeg, beside other tests.
    hookTimeout: 180_000,
    pool: 'forks',
    // What facet keeps for its user stays the user's.
    env: { FACET_HOME: process.env['FACET_HOME'] ?? join(tmpdir(), 'facet-test-home') },
    maxWorkers: 2,
    reporters: ['default', './test/helpers/totals-reporter.ts'],
  },
});
