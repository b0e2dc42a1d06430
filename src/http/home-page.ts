import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { exampleOperations } from './example-operations.js'

/** The page at `/` of a stack on this machine. This server serves all its files, so it needs no other machine. */
export interface HomePage {
  /** @param token for the page's requests; undefined if the issuer returns none */
  html(page: { readonly token: string | undefined; readonly examples: string }): string
  /** The files of the page, by their name after `/home/`. */
  readonly files: ReadonlyMap<string, { readonly path: string; readonly type: string }>
}

/** Serves the page. {@link guardSandboxPage} protects it like every page. */
export function serveHomePage(app: FastifyInstance, home: HomePage, token: () => Promise<string | undefined>): void {
  app.get('/', async (_request, reply) => {
    const page = home.html({ token: await token(), examples: exampleOperations })
    return reply.type('text/html; charset=utf-8').send(page)
  })
  for (const [name, { path, type }] of home.files) {
    app.get(`/home/${name}`, async (_request, reply) => reply.type(type).send(await readFile(path)))
  }
}
