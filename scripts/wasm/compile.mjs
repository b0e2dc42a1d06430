/** Compiles row-format.ts beside it; gives the bytes. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'

export async function compileRowFormat() {
  const source = await readFile(join(import.meta.dirname, 'row-format.ts'), 'utf8')
  const compiled = {}
  const { error, stderr } = await asc.main(
    // No runtime: there are no objects. Memory is all the caller's, who makes it grow.
    [
      'row-format.ts',
      '--outFile',
      'out.wasm',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--enable',
      'simd',
      '--noExportMemory',
      '--importMemory',
    ],
    {
      readFile: (name) => (name === 'row-format.ts' ? source : null),
      writeFile: (name, bytes) => void (compiled[name] = bytes),
      listFiles: () => [],
    },
  )
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`)
  return Buffer.from(compiled['out.wasm'])
}
