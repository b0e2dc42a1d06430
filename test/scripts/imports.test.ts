import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkImports } from '../../scripts/imports/check.js'
import { importsPage } from '../../scripts/imports/page.js'
import { importTable } from '../../scripts/imports/table.js'

const root = join(import.meta.dirname, '../..')
const types = 'only `import type` from this area'
const area = 'may not import this area'
const npm = 'may not import this package'

/** An import that the check refuses: the file, the import and what the report says. */
const refused: readonly (readonly [string, string, string])[] = [
  ['src/domain/a.ts', "import type { Config } from '../config/config.js'", `domain ${area}`],
  ['src/domain/deep/a.ts', "export * from '../../config/config.js'", `domain ${area}`],
  ['src/domain/b.ts', "import { readFile } from 'node:fs/promises'", `domain ${npm}`],
  ['src/domain/c.ts', "export type { Pool } from 'pg'", `domain ${npm}`],
  ['src/domain/d.ts', "export const pg = () => import('pg/lib/client.js')", `domain ${npm}`],
  ['src/domain/e.ts', "export type Pool = import('pg').Pool", 'type annotations are forbidden'],
  ['src/contracts.ts', "import type { Source } from './source/types.js'", `contracts ${area}`],
  ['src/sftp/a.ts', "import type { CsvFile } from '../csv/csv-file.js'", `sftp ${area}`],
  ['workflows/a.ts', "import { createActivities } from '../activities/index.js'", types],
  ['workflows/b.ts', "import type { Source } from '../src/source/types.js'", `workflows ${area}`],
  ['activities/a.ts', "import { openSource } from '../src/source/source.js'", types],
  ['src/services/a.ts', "import { RunStore } from '../database/run-store.js'", types],
  ['src/services/b.ts', "import { type RunStore } from '../database/run-store.js'", 'side effect'],
  ['src/graphql/run/a.ts', "import type { Problem } from '../../rest/problem.js'", `graphql ${area}`],
  ['src/compose/api.ts', "import { start } from '../../dev/start.js'", `compose ${area}`],
  ['console/src/ui/a.tsx', "import { RunsPage } from '../pages/runs/runs-page'", `console/ui ${area}`],
  ['console/src/pages/b.tsx', "import type { Run } from '../../../src/domain/run'", `console/pages ${area}`],
  ['console/src/format/c.ts', "import { useState } from 'react'", `console/format ${npm}`],
  ['console/src/shiny/a.tsx', "import 'react'", 'no row in the table'],
  ['src/http/console/a.ts', "import { loginUrl } from '../../../console/src/app/session'", `http ${area}`],
  ['src/shiny/a.ts', "import 'pg'", 'no row in the table'],
  ['src/domain/one.ts', "import type { Two } from './two.js'", 'cycle'],
  ['src/domain/two.ts', "import type { One } from './one.js'", 'cycle'],
]

const allowed: readonly (readonly [string, string])[] = [
  ['workflows/c.ts', "import type { Activities } from '../activities/index.js'"],
  ['src/services/c.ts', "export type { RunStore } from '../database/run-store.js'"],
  ['src/services/deep/d.ts', "import { runs } from '../runs.js'"],
  ['src/graphql/run/b.ts', "import { Site } from '../rest/rest.type.js'"],
  ['console/src/pages/runs/a.tsx', "import { Page } from '../../ui/page'"],
  ['src/http/a.ts', "import { x } from '@apollo/server/plugin/x'"],
]

let place: string
let violations: readonly string[]

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'tidemark-imports-'))
  for (const [file, line] of [...refused, ...allowed]) {
    await mkdir(join(place, dirname(file)), { recursive: true })
    await writeFile(join(place, file), `${line}\n`)
  }
  violations = checkImports(place, ['.']).violations
})
afterAll(() => rmSync(place, { recursive: true }))

test.each(refused)('the check of imports refuses in %s: %s', (file, _, report) => {
  expect(violations).toContainEqual(expect.stringMatching(new RegExp(`^${file}:1: .*${report}`)))
})

test('the check of imports refuses nothing else', () => {
  expect(violations).toHaveLength(refused.length)
})

/** The imports of an area as they are written, resolved: `src/domain` or `pg`. */
function importsOf(name: string): string[] {
  const folders = [`src/${name}`, name, inConsole(name)].filter((folder) => existsSync(join(root, folder)))
  const inFolders = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => posix.join(folder, file)),
  )
  const files = [...inFolders, `src/${name}.ts`].filter((file) => /\.tsx?$/.test(file) && existsSync(join(root, file)))
  return files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/(?:\bfrom|\bimport\(?) ?['"]([^'"]+)['"]/g)].map(
      ([, from = '']) => (from.startsWith('.') ? posix.join(posix.dirname(file), from) : from),
    ),
  )
}

function inConsole(name: string): string {
  return name.replace('console/', 'console/src/')
}

test.each(Object.entries(importTable))('every permission of the area %s is used', (name, rule) => {
  const imports = importsOf(name)
  const isUsed = (target: string) =>
    imports.some((path) => path.startsWith(target === 'node:' ? target : `${target}/`) || path === target)
  const isAreaUsed = (target: string) =>
    [target, `src/${target}`, `src/${target}.js`, inConsole(target)].some((path) => isUsed(path))
  const unusedAreas = [...rule.areas, ...(rule.typesOf ?? [])].filter((target) => !isAreaUsed(target))
  const unusedPackages = rule.packages.filter((target) => !isUsed(target))
  expect([...unusedAreas, ...unusedPackages]).toEqual([])
})

test('every folder and file of src has a row in the table of imports, and every row has one', () => {
  const areas = readdirSync(join(root, 'src')).map((name) => name.replace(/\.ts$/, ''))
  const ofConsole = readdirSync(join(root, 'console/src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `console/${name}`)
  expect([...new Set([...areas, ...ofConsole, 'activities', 'dev', 'workflows'])].toSorted()).toEqual(
    Object.keys(importTable).toSorted(),
  )
})

test('docs/reference/imports.md is what the table of imports says', async () => {
  expect(readFileSync(join(root, 'docs/reference/imports.md'), 'utf8')).toBe(await importsPage())
})
