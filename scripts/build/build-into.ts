import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bundlePrograms } from './programs.js'
import { bundleWorkflows } from './workflows.js'

const root = join(import.meta.dirname, '../..')

/**
 * Builds what the image runs: the programs, the files that they read, the console, the workflows as one bundle.
 * @param folder in the repository, so that its code finds packages. What it has is removed.
 */
export async function buildInto(folder: string): Promise<void> {
  const compiled = join(folder, 'compiled')
  rmSync(folder, { recursive: true, force: true })
  compile(compiled)
  copyFiles(folder)
  await bundlePrograms(compiled, folder)
  await bundleWorkflows(compiled, folder)
  rmSync(compiled, { recursive: true })
}

function compile(to: string): void {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  const args = [join(typescript, 'bin/tsc'), '-p', join(root, 'tsconfig.build.json'), '--outDir', to]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) throw new Error('The TypeScript compiler found errors.')
}

/** Files that the code reads relative to itself, with the same path from `src/x` as from `dist/src/x`. */
function copyFiles(folder: string): void {
  for (const path of ['prisma/migrations', 'prisma/rollback', 'docs/examples/operations.graphql', 'package.json']) {
    cpSync(join(root, path), join(folder, path), { recursive: true })
  }
  // `npm run build` has built it (scripts/setup.mjs).
  cpSync(join(root, 'console/dist'), join(folder, 'console'), { recursive: true })
}
