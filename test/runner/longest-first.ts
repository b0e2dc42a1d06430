import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take more than a minute and a half. If one of them came last, the other workers would wait for it. */
const longest = [
  'test/docs/commands.integration.test.ts',
  'test/faults/matrix.test.ts',
  'test/faults/refusing-servers.test.ts',
  'test/faults/scale.test.ts',
  'test/faults/lines.test.ts',
  'test/docs/runbook-commands.integration.test.ts',
  'test/docs/runbook-failures.integration.test.ts',
  'test/e2e/start.test.ts',
  'test/clients/loader.integration.test.ts',
  'test/console/run-page.browser.test.ts',
]

/** In a fresh clone the runner does not know how long a file takes, and would go by its size. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- a method of the sequencer, which gives another array
    const sorted = await super.sort(files)
    const projects = [...new Set(sorted.map(({ project }) => project))]
    return projects.flatMap((project) => longestFirst(sorted.filter((file) => file.project === project)))
  }
}

function longestFirst(files: readonly TestSpecification[]): TestSpecification[] {
  return files.toSorted((one, other) => placeOf(one) - placeOf(other))
}

function placeOf({ moduleId, project }: TestSpecification): number {
  const place = longest.indexOf(relative(project.config.root, moduleId))
  return place < 0 ? longest.length : place
}
