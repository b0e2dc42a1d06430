/** Compiles write-rows.ts and gives the bytes. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'

export async function compileWriteRows() {
  const source = await readFile(join(import.meta.dirname, 'write-rows.ts'), 'utf8')
  const compiled = {}
  const { error } = await asc.main(
    // No runtime, because there are no objects. The caller owns the memory and lets it grow.
    [
      'write-rows.ts',
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
      readFile: (name) => (name === 'write-rows.ts' ? source : null),
      writeFile: (name, bytes) => void (compiled[name] = bytes),
      listFiles: () => [],
    },
  )
  if (error) throw error
  return Buffer.from(compiled['out.wasm'])
}
