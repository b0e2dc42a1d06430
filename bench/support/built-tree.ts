import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../run.js'

export const repository = join(import.meta.dirname, '../..')

/** False for a commit that a shallow clone lacks. */
export function hasCommit(commit: string): Promise<boolean> {
  return run('git', ['-C', repository, 'cat-file', '-e', `${commit}^{commit}`]).then(
    () => true,
    () => false,
  )
}

/** Writes the files of a commit to a folder that exists. */
export async function extractCommit(commit: string, root: string): Promise<void> {
  const archive = join(root, 'tree.tar')
  await run('git', ['-C', repository, 'archive', '--output', archive, commit])
  await run('tar', ['-xf', archive, '-C', root])
  await rm(archive)
}

/** Builds `dist` from the files of a folder as an image has it, without the console. Its packages are installed. */
export async function build(root: string): Promise<void> {
  await run(process.execPath, [join(root, 'scripts/prisma-generate.mjs')], {}, root)
  await mkdir(join(root, 'console/dist'), { recursive: true })
  await writeFile(join(root, 'console/dist/index.html'), '')
  await run(process.execPath, ['--import', 'tsx', join(root, 'scripts/build.ts')], {}, root)
}

/** Installs the packages of its lockfile: those of this repository, if it needs the same. */
export async function installPackages(root: string): Promise<void> {
  const [wanted, ours] = await Promise.all(
    [root, repository].map((of) => readFile(join(of, 'package-lock.json'), 'utf8')),
  )
  if (wanted === ours) await symlink(join(repository, 'node_modules'), join(root, 'node_modules'))
  else await run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], {}, root)
}
