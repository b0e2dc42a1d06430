import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { run } from '../run.js'

const root = join(import.meta.dirname, '../..')

/** Compiles the programs that are measured, and all that they use, as it is done for an image. */
export async function buildPrograms(): Promise<void> {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  await run(process.execPath, [join(typescript, 'bin/tsc'), '-p', join(root, 'bench/tsconfig.json')])
}

export function builtProgram(name: 'tidemark' | 'line' | 'naive'): string {
  return join(root, `.bench/build/bench/wire/${name}-program.js`)
}
