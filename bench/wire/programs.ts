import { cp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { bundlePrograms, services } from '../../scripts/build/programs.js'
import { run } from '../run.js'

const root = join(import.meta.dirname, '../..')
const compiled = join(root, '.bench/build')
const bundled = join(root, '.bench/bundle')

const measured = {
  'tidemark-program': 'bench/wire/tidemark-program.js',
  'together-program': 'bench/wire/together-program.js',
}

/** Compiles and bundles the programs that are measured, with the files that they read, as it is done for an image. */
export async function buildPrograms(): Promise<void> {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  await run(process.execPath, [join(typescript, 'bin/tsc'), '-p', join(root, 'bench/tsconfig.json')])
  await rm(bundled, { recursive: true, force: true })
  await bundlePrograms(compiled, bundled, { ...services, ...measured })
  for (const path of ['prisma/migrations', 'docs/examples/operations.graphql', 'package.json']) {
    await cp(join(root, path), join(bundled, path), { recursive: true })
  }
}

export function builtProgram(name: 'tidemark' | 'together' | 'line' | 'naive'): string {
  if (`${name}-program` in measured) return bundledProgram(`${name}-program`)
  return join(compiled, `bench/wire/${name}-program.js`)
}

/** A program as the image has it. */
export function bundledProgram(name: string): string {
  return join(bundled, `src/bin/${name}.js`)
}
