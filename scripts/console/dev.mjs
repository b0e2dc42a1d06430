/**
 * `npm run dev:console`: the console with hot reload, over the stack of a running `npm start`. The pages come from Vite. What the API
 * answers is passed on to it, so that cookies and the login work as always.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'
import { readKnownWords } from '../known-words.mjs'
import { generateDocuments } from './generate-documents.mjs'

readKnownWords('Usage: npm run dev:console', [])

const home = process.env.TIDEMARK_HOME ?? '.tidemark'
const api = apiOfStack()
await generateDocuments()

const server = await createServer({
  configFile: fileURLToPath(new URL('../../console/vite.config.ts', import.meta.url)),
  server: {
    host: '127.0.0.1',
    // The API reads the address of the console from the Host header, so it stays as it is.
    proxy: { '^/console/(session|login|callback|logout|graphql)(\\?|$)': { target: api, changeOrigin: false } },
  },
})
server.watcher.on('change', (file) => {
  const isSource = /\.tsx?$/.test(file) && !file.includes('/src/gql/')
  if (isSource) generateDocuments().catch((error) => console.error(error.message))
})
await server.listen()
server.printUrls()

function apiOfStack() {
  try {
    const { consoleUrl } = JSON.parse(readFileSync(`${home}/connection.json`, 'utf8'))
    return new URL(consoleUrl).origin
  } catch {
    console.error('There is no running stack with a console. Run npm start in another terminal first.')
    process.exit(1)
  }
}
