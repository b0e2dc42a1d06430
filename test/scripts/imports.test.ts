import { describe, expect, test } from 'vitest'
import { findViolations } from '../../scripts/imports/check.js'
import { importTable } from '../../scripts/imports/table.js'

/** What the check says of one file with one line in it. */
const check = (file: string, line: string) => findViolations(new Map([[file, line]]))

describe('the check of imports', () => {
  test.each([
    ['src/domain/window.ts', "import { readFile } from 'node:fs/promises'"],
    ['src/domain/window.ts', "import { loadConfig } from '../config/config.js'"],
    ['src/domain/window.ts', "import type { Config } from '../config/config.js'"],
    ['src/contracts.ts', "import type { Source } from './source/types.js'"],
    ['src/catalog/load.ts', "import type { Logger } from '../telemetry/logger.js'"],
    ['workflows/export-run.ts', "import { randomUUID } from 'node:crypto'"],
    ['workflows/export-run.ts', "import { Client } from '@temporalio/client'"],
    ['workflows/export-run.ts', "import { createActivities } from '../activities/index.js'"],
    ['workflows/export-run.ts', "import type { Source } from '../src/source/types.js'"],
    ['activities/plan-run.ts', "import { openSource } from '../src/source/source.js'"],
    ['activities/plan-run.ts', "import type { Registrations } from '../src/services/registrations.js'"],
    ['src/sftp/sftp.ts', "import type { CsvFile } from '../csv/csv-file.js'"],
    ['src/csv/csv-file.ts', "import type { Pool } from 'pg'"],
    ['src/source/source.ts', "import { prisma } from '../generated/prisma/client.js'"],
    ['src/schedules/gateway.ts', "import { Worker } from '@temporalio/worker'"],
    ['src/services/runs.ts', "import { RunStore } from '../database/run-store.js'"],
    ['src/services/runs.ts', "import type { Client } from '@temporalio/client'"],
    ['src/graphql/run/run.resolver.ts', "import type { RunStore } from '../../database/run-store.js'"],
    ['src/graphql/run/run.resolver.ts', "import type { PrismaClient } from '@prisma/client'"],
    ['src/graphql/run/run.resolver.ts', "import { Connection } from '@temporalio/client'"],
    ['src/graphql/run/run.resolver.ts', "import { Client } from 'ssh2'"],
    ['src/graphql/schema.ts', "import { problem } from '../rest/problem.js'"],
    ['src/rest/export.ts', "import type { Problem } from '../graphql/problem.js'"],
    ['src/rest/export.ts', "import type { SftpSession } from '../sftp/types.js'"],
    ['src/compose/api.ts', "import { startLocal } from '../../dev/start.js'"],
    ['src/bin/api.ts', "import { Pool } from 'pg'"],
    ['src/bin/api.ts', "import { createStore } from '../database/run-store.js'"],
    ['dev/start.ts', "import { applyMigrations } from '../src/database/migrate.js'"],
  ])('%s: refuses %s', (file, line) => {
    expect(check(file, line)).toEqual([expect.stringContaining(`${file}: `)])
  })

  test.each([
    "export { Pool } from 'pg'",
    "export * from 'pg'",
    "export type { Pool } from 'pg'",
    "const pg = () => import('pg')",
    "export type Pool = import('pg').Pool",
    "function deep() { return class { x = async () => (await import('pg')).Pool } }",
    "import 'pg'",
  ])('sees the import in: %s', (line) => {
    expect(check('src/domain/window.ts', line)).toEqual(['src/domain/window.ts: domain may not import pg'])
  })

  test.each([
    ['workflows/export-run.ts', "import type { Activities } from '../activities/index.js'"],
    ['activities/plan-run.ts', "import type { Source } from '../src/source/types.js'"],
    ['src/services/runs.ts', "import type { RunStore } from '../database/run-store.js'"],
    ['src/services/runs.ts', "export type Store = import('../database/run-store.js').RunStore"],
    ['src/graphql/run/run.resolver.ts', "import { Runs } from '../../services/runs.js'"],
    ['src/graphql/run/run.resolver.ts', "import { Site } from '../rest/rest.type.js'"],
    ['src/compose/database.ts', "import { RunStore } from '../database/run-store.js'"],
  ])('%s: lets pass %s', (file, line) => {
    expect(check(file, line)).toEqual([])
  })

  test('takes `import { type … }` for what it is: the module is loaded all the same', () => {
    const line = "import { type RunStore } from '../database/run-store.js'"
    expect(check('src/services/runs.ts', line)).toEqual([
      'src/services/runs.ts: services may only `import type` from database',
    ])
  })

  test('asks for a row in the table for every new folder', () => {
    expect(check('src/shiny/new.ts', "import 'pg'")).toEqual(['the area shiny has no row in the table of imports'])
  })

  test.each(['import', 'import type'])('finds files that refer to each other in a circle by %s', (keyword) => {
    expect(
      findViolations(
        new Map([
          ['src/domain/a.ts', "import { b } from './b.js'"],
          ['src/domain/b.ts', "export { c } from './c.js'"],
          ['src/domain/c.ts', `${keyword} { a } from './a.js'`],
        ]),
      ),
    ).toEqual(['import cycle: src/domain/a.ts → src/domain/b.ts → src/domain/c.ts → src/domain/a.ts'])
  })

  test('has a table of areas that exist in it', () => {
    const named = Object.values(importTable).flatMap((rule) => [...rule.areas, ...(rule.typesOf ?? [])])
    expect(named.filter((area) => !(area in importTable))).toEqual([])
  })
})
