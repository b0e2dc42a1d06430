/** Generates the console's documents, and builds it into `console/dist`, compressed beforehand. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'vite'
import { generateDocuments } from './generate-documents.mjs'

// Tests call this too, with a value of their own, which would build React for development.
process.env.NODE_ENV = 'production'
await generateDocuments()
await build({ configFile: fileURLToPath(new URL('../../console/vite.config.ts', import.meta.url)), logLevel: 'warn' })

const assets = new URL('../../console/dist/assets/', import.meta.url)
for (const name of readdirSync(assets)) {
  const content = readFileSync(new URL(name, assets))
  writeFileSync(new URL(`${name}.br`, assets), brotliCompressSync(content))
  writeFileSync(new URL(`${name}.gz`, assets), gzipSync(content, { level: 9 }))
}
