import type { Reporter, TestModule } from 'vitest/node';

/** Prints the totals as one plain line, `N passed, N failed`, which CI reads. */
export class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let passed = 0;
    let failed = 0;
    let skipped = 0;
    for (const module of modules) {
      let own = 0;
      for (const test of module.children.allTests()) {
        own += 1;
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else skipped += 1;
      }
      if (own === 0 || (module.errors().length > 0 && module.state() === 'failed')) failed += 1;
    }
    console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  }
}

// vitest loads a reporter by its default export; nothing else in the project has one.
export { TotalsReporter as default };
