/** `npm run wasm`: writes src/csv/rows/wasm-bytes.ts. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readKnownWords } from '../../../../scripts/known-words.mjs'
import { compileWriteRows } from './compile.mjs'

readKnownWords('Usage: npm run wasm')
const bytes = await compileWriteRows()
const text = `// Made by \`npm run wasm\` from assembly/write-rows.ts. A test compares the two.
export const wasmBytes =
  '${bytes.toString('base64')}'
`
await writeFile(join(import.meta.dirname, '../wasm-bytes.ts'), text)
