import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../../rest/problem.js'
import { sendPage } from './pages.js'

/**
 * Only scripts, styles and calls of this origin, and no text that becomes a script. `data:` is for small images in styles. The
 * nonce permits the two style elements of React Aria, which have fixed contents.
 */
const consolePolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
}

/** What the index has in place of the nonce. */
const noncePlaceholder = 'CSP_NONCE'

/** The encodings in which a file may be built, the best one first. */
const encodings = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const

/** Serves the built console: its files, and for every other page its index, which reads the path itself. */
export function addFileRoutes(app: FastifyInstance, folder: string): void {
  app.get('/console', async (_request, reply) => reply.redirect('/console/', 308))
  app.get<{ Params: { readonly name: string } }>('/console/assets/:name', async (request, reply) => {
    const file = await readBuilt(join(folder, 'assets'), request.params.name, request)
    return file ? sendFile(reply, file, 'public, max-age=31536000, immutable') : sendProblem(reply, noSuchFile)
  })
  app.get<{ Params: { readonly '*': string } }>('/console/*', async (request, reply) => {
    const name = request.params['*']
    const file = name === 'index.html' ? undefined : await readBuilt(folder, name, request)
    if (file) return sendFile(reply, file, 'public, max-age=3600')
    return acceptsPage(request) ? sendIndex(reply, folder) : sendProblem(reply, noSuchFile)
  })
}

async function sendIndex(reply: FastifyReply, folder: string): Promise<FastifyReply> {
  const page = await read(join(folder, 'index.html'))
  if (!page) return sendProblem(reply, notBuilt)
  const nonce = randomBytes(16).toString('base64')
  return sendPage(reply, page.toString().replace(noncePlaceholder, nonce), consolePolicy(nonce))
}

function acceptsPage({ headers }: FastifyRequest): boolean {
  return /text\/html/i.test(headers.accept ?? '')
}

interface BuiltFile {
  readonly content: Buffer
  readonly type: string
  readonly encoding?: string
}

function sendFile(reply: FastifyReply, { content, type, encoding }: BuiltFile, caching: string): FastifyReply {
  if (encoding !== undefined) void reply.header('content-encoding', encoding)
  return reply.headers({ 'cache-control': caching, vary: 'accept-encoding' }).type(type).send(content)
}

/** Undefined if the folder has no such file. A name has no slash, so it can't leave the folder. */
async function readBuilt(folder: string, name: string, request: FastifyRequest): Promise<BuiltFile | undefined> {
  const [, ending = ''] = /^[\w-][\w.-]*\.(\w+)$/.exec(name) ?? []
  const type = types[ending]
  if (type === undefined) return undefined
  const accepted = request.headers['accept-encoding']?.toString() ?? ''
  for (const { name: encoding, suffix } of encodings) {
    if (!new RegExp(`\\b${encoding}\\b(?!;\\s*q=0(?:\\.0*)?\\s*(?:,|$))`).test(accepted)) continue
    const content = await read(join(folder, name + suffix))
    if (content) return { content, type, encoding }
  }
  const content = await read(join(folder, name))
  return content && { content, type }
}

async function read(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))) return undefined
    throw error
  }
}

const noSuchFile = {
  status: 404,
  title: 'Not Found',
  detail: 'The console has no such file. Reload the page: a new release may have replaced the file.',
  code: 'NOT_FOUND',
}

const notBuilt = {
  status: 503,
  title: 'Service Unavailable',
  detail: 'The pages of the console are not built. Run `node scripts/console/build.mjs`.',
  code: 'SERVICE_UNAVAILABLE',
}
