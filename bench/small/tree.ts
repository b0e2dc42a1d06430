import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { registerAll } from '../api/tenants.js'
import { run } from '../run.js'
import { build as buildFolder, extractCommit, hasCommit, installPackages, repository } from '../support/built-tree.js'
import type { startServers } from '../support/servers.js'

/** The files of one state of the repository in a temporary folder, built as an image has them. */
export interface Tree extends AsyncDisposable {
  /** What the tables call it. */
  readonly name: 'before' | 'now'
  readonly root: string
  /** What Node is started with for a worker, from docker-compose.yml of that state. */
  readonly workerArguments: readonly string[]
  /** What the image of that state sets. */
  readonly environment: Readonly<Record<string, string>>
  /** The database of a place is made and filled by the code of its tree. */
  readonly startServers: typeof startServers
  readonly registerAll: typeof registerAll
}

/** What is in the working tree now, with changes that are not committed. */
export async function buildNow(progress: (line: string) => void): Promise<Tree> {
  progress('Building the worker of this commit')
  const listed = await run('git', ['-C', repository, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  return build('now', async (root) => {
    for (const file of listed.split('\0').filter(Boolean)) {
      await mkdir(dirname(join(root, file)), { recursive: true })
      // Git lists a deleted file until its deletion is committed.
      await cp(join(repository, file), join(root, file)).catch(ignoreMissing)
    }
  })
}

/** Undefined where the repository lacks the commit, as a shallow clone does. */
export async function buildBefore(commit: string, progress: (line: string) => void): Promise<Tree | undefined> {
  if (!(await hasCommit(commit))) {
    progress(`The repository lacks commit ${commit}, so nothing is compared with it: fetch its whole history.`)
    return undefined
  }
  progress(`Building the worker of ${commit}`)
  return build('before', (root) => extractCommit(commit, root))
}

async function build(name: Tree['name'], fill: (root: string) => Promise<void>): Promise<Tree> {
  const root = await mkdtemp(join(tmpdir(), `tidemark-${name}-`))
  const remove = () => rm(root, { recursive: true, force: true })
  try {
    await fill(root)
    await installPackages(root)
    await buildFolder(root)
    return { name, root, ...(await modulesOf(root)), [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function modulesOf(
  root: string,
): Promise<Pick<Tree, 'workerArguments' | 'environment' | 'startServers' | 'registerAll'>> {
  const servers = (await import(join(root, 'bench/support/servers.ts'))) as Pick<Tree, 'startServers'>
  const tenants = (await import(join(root, 'bench/api/tenants.ts'))) as Pick<Tree, 'registerAll'>
  const workerArguments = workerCommand(await readFile(join(root, 'docker-compose.yml'), 'utf8'))
  const environment = imageEnvironment(await readFile(join(root, 'Dockerfile'), 'utf8'))
  return { workerArguments, environment, startServers: servers.startServers, registerAll: tenants.registerAll }
}

/** What follows `node` in the command of the worker in docker-compose.yml. */
export function workerCommand(compose: string): string[] {
  const [, command] = /command: \['node', (.*worker\.js')\]/.exec(compose) ?? []
  if (command === undefined) throw new Error('docker-compose.yml has no worker')
  return [...command.matchAll(/'([^']+)'/g)].flatMap(([, word]) => word ?? [])
}

/** The variables of the last ENV line of a Dockerfile. */
export function imageEnvironment(dockerfile: string): Record<string, string> {
  const line = [...dockerfile.matchAll(/^ENV (.*)$/gm)].at(-1)?.[1] ?? ''
  return Object.fromEntries([...line.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]))
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}
