import { defineConfig } from 'vitest/config'

// Node loads graphql as an ES module for our code and as CommonJS for some of its users: two copies, each of which
// refuses the other's types. The alias leaves one.
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] }

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    teardownTimeout: 60_000,
    reporters: ['default', 'test/support/closing-line.ts'],
    projects: [
      {
        resolve,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 15_000 },
      },
      {
        resolve,
        test: {
          name: 'real parts',
          include: ['test/{integration,workflow,e2e}/**/*.test.ts'],
          // Started once for all of them, and only if one of them runs.
          globalSetup: ['test/support/global-setup.ts'],
          // Real servers start and stop in these tests, perhaps on a busy machine: the limits are for what hangs.
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
