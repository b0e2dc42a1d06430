import { execFile, type ExecFileException } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeAdmin } from '../../src/compose/admin.js'
import { readEnvironment } from '../../src/config/env.js'
import { findTemporalCli } from '../../dev/temporal/cli.js'
import { inParallel } from '../../src/domain/in-parallel.js'
import { eventually } from '../support/eventually.js'
import { startProgram } from '../support/programs/program.js'
import type { TestTenant } from '../support/world/tenant.js'
import { createWorld, type World } from '../support/world/world.js'
import { blocksOf, placeOf } from './pages.js'
import { renamedColumn } from './runbook/obstacles.js'
import { type Expected, expectedOf } from './runbook/expected-commands.js'

/** A line of the runbook, as an operator types it. */
interface Line {
  readonly text: string
  readonly place: string
  readonly expected: Expected
}

let world: World
let tenant: TestTenant
let words: Readonly<Record<string, string>>
beforeAll(async () => {
  world = await createWorld({ environment: { EXPORT_MAX_ATTEMPTS: '1' } })
  tenant = await world.tenant({ rows: { user: 9, site_category: 1, site: 4 } })
  await tenant.register({ entityList: 'user, site' })
  await world.sql(renamedColumn[0])
  const run = await tenant.runNow()
  const { host, port } = world.sftp.proxy
  words = { tenant: tenant.id, entity: 'site', run: run.id, incident: await openIncident(), host, port: String(port) }
})
afterAll(() => world[Symbol.asyncDispose]())

async function openIncident(): Promise<string> {
  await using admin = await composeAdmin(world.config)
  return await eventually('the incident of the failed run', async () => {
    const { edges } = await admin.incidents.page({ first: 1, isOpen: true, code: 'SOURCE_SCHEMA_MISMATCH' })
    return edges[0]?.node.id
  })
}

/** Each distinct line once, in the order of the pages. @throws where a line is not known */
function lines(): Line[] {
  const pages = readdirSync('docs/runbook').map((name) => `docs/runbook/${name}`)
  const all = pages.flatMap(blocksOf).filter(({ language }) => language === 'sh')
  const found = all.flatMap((block) => block.text.split('\n').map((text) => [text.trim(), placeOf(block)] as const))
  return [...new Map(found.toReversed())].map(([text, place]) => ({ text, place, expected: expectedOf(text, place) }))
}

function filledIn(text: string): string {
  return text.replace(/<(\w+)>/g, (whole, name: string) => words[name] ?? whole)
}

/** Runs a line. Returns its exit code and what it printed. */
async function type({ text }: Line): Promise<{ code: number | null; output: string }> {
  const line = filledIn(text)
  expect(line).not.toMatch(/<\w+>/)
  if (line.startsWith('tidemark ')) {
    const program = startProgram('cli', line.split(' ').slice(1), world.environment)
    return { code: await program.exitCode(), output: program.output() }
  }
  const { PATH, HOME } = readEnvironment()
  const cli = await findTemporalCli({ environment: readEnvironment(), report: () => undefined })
  const env = { PATH, HOME, TEMPORAL_ADDRESS: world.config.temporal.address }
  const script = line.replace(/^temporal /, `${cli} `)
  const { error, output } = await new Promise<{ error: ExecFileException | null; output: string }>((resolve) =>
    execFile('bash', ['-euo', 'pipefail', '-c', script], { env }, (failed, stdout, stderr) =>
      resolve({ error: failed, output: stdout + stderr }),
    ),
  )
  return { code: error === null ? 0 : Number(error.code ?? 1), output }
}

/** Why the line did not do what the runbook says; none if it did. */
async function problemsOf(line: Line): Promise<string[]> {
  const { code, output } = await type(line)
  return code === line.expected.exitCode ? [] : [`${line.place}: ${line.text} exits with ${code}: ${output}`]
}

/** No run of the tenant goes on. */
const quiet = () =>
  eventually('all runs to have ended', async () =>
    (await tenant.allRuns()).every(({ finishedAt }) => finishedAt !== null),
  )

test('each command of the runbook runs, and the documented retry ends the incident', { timeout: 900_000 }, async () => {
  const all = lines()
  const when = (time: Expected['when']) => all.filter(({ expected }) => expected.when === time)

  const problems: string[] = []
  const check = async (line: Line): Promise<void> => void problems.push(...(await problemsOf(line)))

  await inParallel(when('broken'), 3, check)
  const shown = await type({ text: 'tidemark incidents <incident>' } as Line)
  expect(shown.output).toContain('SOURCE_SCHEMA_MISMATCH (critical)')
  expect(shown.output).toContain('tidemark retry --code SOURCE_SCHEMA_MISMATCH')

  await world.sql(renamedColumn[1])
  for (const line of when('fix')) await check(line)
  await quiet()
  await eventually('the incident to be resolved', async () => {
    const { output } = await type({ text: 'tidemark incidents <incident>' } as Line)
    return output.includes('resolved 20')
  })
  for (const line of when('fixed')) {
    await check(line)
    await quiet()
  }
  expect(problems).toEqual([])
})

test('each command for Docker names services of the compose file', () => {
  const services = readFileSync('docker-compose.yml', 'utf8')
    .match(/^ {2}[a-z-]+(?=:$)/gm)
    ?.map((name) => name.trim())
  const forDocker = lines().filter(({ expected }) => expected.when === 'not run')
  expect(forDocker.length).toBeGreaterThan(3)
  for (const { text, place } of forDocker) {
    const [, service = ''] =
      /^docker compose (?:up|restart|logs|exec|run)(?: --[a-z-]+| \d+h?)* ((?:[a-z-]+ ?)+)/.exec(text) ?? []
    const [first, ...rest] = service.trim().split(' ')
    expect(services, `${place}: ${text}`).toContain(first)
    if (!/ (exec|run) /.test(text)) for (const other of rest) expect(services, `${place}: ${text}`).toContain(other)
  }
})

test('the queries for the Temporal UI are valid, and their links have them', async () => {
  const page = readFileSync('docs/runbook/README.md', 'utf8')
  const views = [...page.matchAll(/\| `([A-Z][^`]+)` +\| `(\/namespaces\/default\/workflows\?query=[^`]+)`/g)]
  expect(views.length).toBeGreaterThan(5)
  for (const [, query = '', link = ''] of views) {
    expect(new URL(link, 'http://ui.test').searchParams.get('query')).toBe(query)
    expect(await world.temporal.workflow.count(query), query).toMatchObject({ count: expect.any(Number) })
  }
  const failed = views[0]?.[1] ?? ''
  await eventually('the failed run to be found', async () => {
    const { count } = await world.temporal.workflow.count(`${failed} AND TenantId = "${tenant.id}"`)
    return count >= 1
  })
})
