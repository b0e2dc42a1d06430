import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The folder of the Python package. */
export const clientFolder = join(import.meta.dirname, '..', '..', '..', 'clients', 'python')

/** What the loader and its tests use, by module and requirement. */
const required = { paramiko: 'paramiko', pytest: 'pytest' }
const optional = {
  duckdb: 'duckdb',
  psycopg: 'psycopg[binary]',
  pandas: 'pandas',
  polars: 'polars',
  dlt: 'dlt[duckdb]',
}

export interface Python {
  readonly program: string
  /** The modules that it has. */
  readonly modules: ReadonlySet<string>
}

let found: Promise<Python | undefined> | undefined

/**
 * A Python of version 3.10 or later with the modules, from a virtual environment in the temporary folder if pip can install
 * them. Undefined if there is none: then it says which tests do not run.
 */
export function loaderPython(tests: string): Promise<Python | undefined> {
  return (found ??= find(tests))
}

async function find(tests: string): Promise<Python | undefined> {
  const isRecent = await works('python3', 'import sys; assert sys.version_info >= (3, 10)')
  if (!isRecent) return didNotRun(tests, 'there is no python3 of version 3.10 or later')
  const all = { ...required, ...optional }
  const own = await modulesOf('python3', Object.keys(all))
  const program = own.size === Object.keys(all).length ? 'python3' : await environmentWith(Object.values(all))
  const modules = program === 'python3' ? own : await modulesOf(program, Object.keys(all))
  const missing = Object.keys(required).filter((module) => !modules.has(module))
  if (missing.length > 0) return didNotRun(tests, `run \`pip install ${missing.join(' ')}\``)
  for (const [module, requirement] of Object.entries(optional)) {
    if (!modules.has(module)) didNotRun(`${tests}, those with ${module}`, `run \`pip install '${requirement}'\``)
  }
  return { program, modules }
}

function didNotRun(tests: string, todo: string): undefined {
  console.warn(`DID NOT RUN: ${tests}: ${todo}`)
}

/** A virtual environment that also sees what is installed on the machine. The modules that pip cannot get are missing in it. */
async function environmentWith(requirements: readonly string[]): Promise<string> {
  const digest = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12)
  const folder = join(tmpdir(), `tidemark-python-${digest}`)
  const program = join(folder, 'bin', 'python')
  if (await works(program, 'import tidemark_environment')) return program
  await run('python3', ['-m', 'venv', '--system-site-packages', folder]).catch(() => undefined)
  for (const requirement of requirements) {
    const options = ['--quiet', '--disable-pip-version-check', '--retries', '1', '--timeout', '15']
    await run(program, ['-m', 'pip', 'install', ...options, requirement], { timeout: 180_000 }).catch(() => undefined)
  }
  // Marks the environment as complete.
  const mark = 'import site, pathlib; pathlib.Path(site.getsitepackages()[0], "tidemark_environment.py").touch()'
  return (await works(program, mark)) ? program : 'python3'
}

async function modulesOf(program: string, modules: readonly string[]): Promise<Set<string>> {
  const script = `
import importlib.util, sys
print(*(module for module in sys.argv[1:] if importlib.util.find_spec(module)))`
  const { stdout } = await run(program, ['-c', script, ...modules])
  return new Set(stdout.trim().split(/\s+/))
}

function works(program: string, script: string): Promise<boolean> {
  return run(program, ['-c', script]).then(
    () => true,
    () => false,
  )
}
