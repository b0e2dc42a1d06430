import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { commandAvailable, runsIf } from '../support/programs/command-available.js'
import { argumentsFor } from '../support/programs/program.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command without a terminal and without settings. */
async function run(command: string, args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(command, args, { cwd: root, env: { PATH: process.env['PATH'] }, stdio: 'pipe' })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text))
  // A command that refuses its words reads nothing.
  child.stdin.on('error', () => undefined).end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

const program = (file: string, ...words: string[]): Promise<Ended> =>
  run(process.execPath, ['--import', 'tsx', file, ...words])

const operator = (...words: string[]): Promise<Ended> => run(process.execPath, [...argumentsFor('cli'), ...words])

/** What package.json's scripts and the image start, and who authors: each has a command line of its own. */
const programs = [
  'src/bin/api.ts',
  'src/bin/worker.ts',
  'src/bin/cli.ts',
  'dev/main.ts',
  'bench/main.ts',
  'scripts/build.ts',
  'scripts/console/dev.mjs',
  'scripts/check-imports.ts',
  'scripts/docs/main.ts',
  'scripts/check-links.ts',
  'scripts/print-schema.ts',
  'scripts/measure-structure.ts',
  'scripts/record-histories.ts',
  'scripts/setup.mjs',
  'scripts/native-cipher.mjs',
  'scripts/pictures/main.ts',
  'scripts/check-supply-chain.mjs',
  'src/csv/rows/assembly/build.mjs',
]

describe.concurrent('every program', () => {
  test.each(programs)('%s prints its usage for --help', async (file) => {
    const { code, stdout, stderr } = await program(file, '--help')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Usage: /)
  })

  test.each(programs)('%s refuses an unknown word with exit code 2', async (file) => {
    const { code, stdout, stderr } = await program(file, '--no-such-option')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^error: .*--no-such-option/)
    expect(stderr).toContain('Usage: ')
  })

  test('every program of package.json is tested for its command line', () => {
    const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { scripts: Record<string, string> }
    const started = Object.values(scripts).flatMap((script) => script.match(/[\w/-]+\.(ts|mjs)\b/g) ?? [])
    // Prisma has a command line of its own, to which that script passes every word.
    const ours = [...new Set(started)].filter((file) => file !== 'scripts/prisma/prisma.mjs')
    expect(programs).toEqual(expect.arrayContaining(ours))
    const entries = readdirSync(`${root}/src/bin`).filter((name) => /^(api|worker|cli)\.ts$/.test(name))
    expect(programs).toEqual(expect.arrayContaining(entries.map((name) => `src/bin/${name}`)))
  })
})

describe.concurrent("an operator's command", () => {
  test.each([
    ['migrate'],
    ['remove-registration'],
    ['retention'],
    ['grace'],
    ['remove-sftp-key'],
    ['erase-tenant'],
    ['authorized-keys'],
    ['verify'],
    ['check-source'],
    ['doctor'],
    ['runs'],
    ['deliveries'],
    ['run'],
    ['pause'],
    ['resume'],
    ['retry'],
    ['cancel'],
    ['tenants'],
    ['completion'],
    ['source adopt'],
    ['secrets rotate'],
    ['catalog init'],
    ['catalog check'],
    ['catalog diff'],
  ])("the operator's command %s has its own help", async (name) => {
    const { code, stdout } = await operator(...name.split(' '), '--help')
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: tidemark ${name}`)
  })

  test.each([
    ['erase-tenant acme --dry-run', "unknown option '--dry-run'"],
    ['erase-tenant acme globex --yes', 'too many arguments'],
    ['erase-tenant --yes', "missing required argument 'tenant'"],
    ['remove-registration acme --dry-run', "unknown option '--dry-run'"],
    ['remove-sftp-key acme SHA256:x y --yes', 'too many arguments'],
    ['retention acme soon --yes', 'Give a number from 0 to 99999, or `default`.'],
    ['doctor --fix', '--fix repairs one tenant. Add --tenant.'],
    ['grace acme 0', 'Give a number from 1 to 43200, or `default`.'],
    ['migrate now', 'too many arguments'],
    ['verify', 'no files are selected'],
    ['verify --all extra', 'too many arguments'],
    ['runs', "missing required argument 'tenant'"],
    ['runs acme --limit 101', 'Give a number from 1 to 100.'],
    ['retry', 'name a tenant, or give --failed'],
    ['retry acme --failed', 'name a tenant, or give --failed'],
    ['cancel acme', "missing required argument 'run'"],
    ['deliveries acme --since yesterday', 'Give a time such as 2026-03-01T00:00Z'],
    ['completion tcsh', 'Allowed choices are bash, zsh, fish'],
    ['check-source --jsn', "unknown option '--jsn'"],
    ['erase', "unknown command 'erase'"],
    ['source adopt shop.orders', "required option '--tenant <column>' not specified"],
    ['source adopt orders --tenant customer', 'Give schema.table, without quotes.'],
    ['source adopt shop.orders --tenant customer --dated yesterday', 'Give a time such as 2026-03-01T00:00:00Z.'],
    ['source adopt shop.orders --tenant customer --lock-seconds 0', 'Give a number from 1 to 60.'],
    ['source remove shop.orders', "unknown command 'remove'"],
    ['catalog init', "required option '--tenant <column...>' not specified"],
    ['catalog diff', "missing required argument 'file'"],
  ])("the operator's command %j is refused before any setting is read", async (words, says) => {
    const { code, stdout, stderr } = await operator(...words.split(' '))
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(says)
  })

  test.each(['erase-tenant acme', 'remove-registration acme', 'remove-sftp-key acme SHA256:x', 'retention acme 1'])(
    '%s needs --yes without a terminal',
    async (words) => {
      const refused = await operator(...words.split(' '))
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain('Add --yes to confirm.')
      const confirmed = await operator(...words.split(' '), '--yes')
      // It goes on to what it needs first: its settings.
      expect(confirmed.code).toBe(6)
      expect(confirmed.stderr).toContain('DATABASE_URL')
    },
  )
})

/** Not everywhere: some sandboxes have no /dev/pts. */
async function terminalCanBeMade(tests: string): Promise<boolean> {
  const { code, stderr } = await run('script', ['-qec', 'true', '/dev/null'])
  return runsIf(code === 0, tests, stderr.trim())
}

describe.concurrent('on a terminal', async () => {
  const tests = 'a command that asks on a terminal'
  const hasTerminal = (await commandAvailable('script', tests)) && (await terminalCanBeMade(tests))

  test.runIf(hasTerminal).each([
    ['globex', 1, 'Nothing was changed.'],
    ['', 1, 'Nothing was changed.'],
    ['acme', 6, 'DATABASE_URL'],
  ])('erase-tenant acme, answered with "%s", exits with %i and says %s', async (answer, exitCode, says) => {
    const command = `${process.execPath} --import tsx src/bin/cli.ts erase-tenant acme`
    const { code, stdout } = await run('script', ['-qec', command, '/dev/null'], `${answer}\n`)
    expect(stdout).toContain('Type acme to confirm:')
    expect(stdout).toContain(says)
    expect(code).toBe(exitCode)
  })
})
