/** `npm run wasm`: writes src/csv/row-format-wasm.ts. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readKnownWords } from '../known-words.mjs'
import { compileRowFormat } from './compile.mjs'

readKnownWords('Usage: npm run wasm')
const bytes = await compileRowFormat()
const text = `// Made by \`npm run wasm\` from scripts/wasm/row-format.ts, which says what it does; a test holds the two together.
export const rowFormatWasm =
  '${bytes.toString('base64')}'
`
await writeFile(join(import.meta.dirname, '../../src/csv/row-format-wasm.ts'), text)
