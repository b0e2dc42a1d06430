/** Generates the console's documents and builds it into `console/dist`. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { generateDocuments } from './generate-documents.mjs'

// Tests call this too, with a value of their own, which would build React for development.
process.env.NODE_ENV = 'production'
await generateDocuments()
await build({ configFile: fileURLToPath(new URL('../../console/vite.config.ts', import.meta.url)), logLevel: 'warn' })
