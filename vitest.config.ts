import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import LongestFirst from './test/runner/longest-first.js'

// For `npx vitest`, which no script of package.json has prepared.
execFileSync(process.execPath, [fileURLToPath(new URL('scripts/setup.mjs', import.meta.url))], { stdio: 'inherit' })

// Node loads graphql as an ES module for our code and as CommonJS for some of its users: two copies, each of which
// refuses the other's types. The alias leaves one.
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] }

/** For tests that compute all the time, start a browser, or count the time of the CPU. They come last. */
const twoAtOnce = { maxWorkers: 2, sequence: { groupOrder: 1 } }

export default defineConfig({
  test: {
    pool: 'forks',
    // Tests on real servers wait most of the time, so three of them fit on two cores.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    teardownTimeout: 60_000,
    reporters: [
      'test/runner/attack-table.ts',
      'test/runner/input-table.ts',
      'test/runner/incident-table.ts',
      // What failed comes last.
      'default',
      'test/runner/closing-line.ts',
    ],
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['**/*.{integration,browser}.test.ts', 'test/{e2e,security,faults,image}/**'],
          ...twoAtOnce,
          // Files share the modules of their process: reading these again for each file takes half of the time.
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        resolve,
        test: {
          name: 'integration',
          include: ['test/**/*.integration.test.ts', 'test/e2e/**/*.test.ts'],
          exclude: ['test/sftp/ciphers-*.integration.test.ts'],
          isolate: false,
          // Started once for all of them, and only if one of them runs.
          globalSetup: ['test/runner/global-setup.ts'],
          // Real servers start and stop in these tests, perhaps on a busy machine: the limits are for what hangs.
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve,
        test: {
          name: 'ciphers',
          // Each of these decides what the modules of its process find.
          include: ['test/sftp/ciphers-*.integration.test.ts'],
          testTimeout: 180_000,
        },
      },
      {
        resolve,
        test: {
          name: 'console',
          include: ['test/console/**/*.browser.test.ts'],
          ...twoAtOnce,
          // Each file starts a stack of its own, and a browser.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        resolve,
        test: {
          name: 'security',
          include: ['test/security/**/*.test.ts'],
          ...twoAtOnce,
          globalSetup: ['test/runner/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          env: { FAULTS_SEED: process.env['FAULTS_SEED'] ?? String(Math.trunc(Math.random() * 2 ** 31)) },
          // Servers of their own: what is done to them disturbs none of the other tests.
          globalSetup: ['test/runner/global-setup.ts'],
          // An attack is made many times over, and each time a server or a worker has to come back.
          testTimeout: 600_000,
          hookTimeout: 300_000,
        },
      },
      {
        resolve,
        test: { name: 'image', include: ['test/image/**/*.test.ts'], testTimeout: 1_200_000, hookTimeout: 900_000 },
      },
    ],
  },
})
