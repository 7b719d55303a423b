// Names, at the end of the run, the tests that passed only when they were tried again: not faults
// yet, but no secret either.
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

export default class RetriedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const retried = modules.flatMap((module) =>
      [...module.children.allTests('passed')]
        .filter((test) => (test.diagnostic()?.retryCount ?? 0) > 0)
        .map((test) => `  ${module.project.name} > ${relative(process.cwd(), module.moduleId)} > ${test.fullName}`),
    );
    if (retried.length === 0) return;
    process.stdout.write(`\nTried again before they passed: ${retried.length}\n${retried.join('\n')}\n`);
  }
}
