import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { registerAll } from '../api/tenants.js'
import { run } from '../run.js'
import type { startServers } from '../support/servers.js'

const repository = join(import.meta.dirname, '../..')

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
  const isThere = await run('git', ['-C', repository, 'cat-file', '-e', `${commit}^{commit}`]).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    progress(`The repository lacks commit ${commit}, so nothing is compared with it: fetch its whole history.`)
    return undefined
  }
  progress(`Building the worker of ${commit}`)
  return build('before', async (root) => {
    const archive = join(root, 'tree.tar')
    await run('git', ['-C', repository, 'archive', '--output', archive, commit])
    await run('tar', ['-xf', archive, '-C', root])
    await rm(archive)
  })
}

async function build(name: Tree['name'], fill: (root: string) => Promise<void>): Promise<Tree> {
  const root = await mkdtemp(join(tmpdir(), `tidemark-${name}-`))
  const remove = () => rm(root, { recursive: true, force: true })
  try {
    await fill(root)
    await installPackages(root)
    await run(process.execPath, [join(root, 'scripts/prisma-generate.mjs')], {}, root)
    // The worker does not serve the console, so its build is left out.
    await mkdir(join(root, 'console/dist'), { recursive: true })
    await writeFile(join(root, 'console/dist/index.html'), '')
    await run(process.execPath, ['--import', 'tsx', join(root, 'scripts/build.ts')], {}, root)
    return { name, root, ...(await modulesOf(root)), [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** The packages of this repository, where the tree wants the same. */
async function installPackages(root: string): Promise<void> {
  const [wanted, ours] = await Promise.all(
    [root, repository].map((of) => readFile(join(of, 'package-lock.json'), 'utf8')),
  )
  if (wanted === ours) await symlink(join(repository, 'node_modules'), join(root, 'node_modules'))
  else await run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], {}, root)
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
