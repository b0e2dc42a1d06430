import type { ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default'
import type { FastifyInstance } from 'fastify'
import type { Logger } from '../telemetry/logger.js'
import { isLoopback } from './addresses.js'
import { exampleOperations } from './example-operations.js'

/**
 * Apollo's embedded Sandbox for browsers that open the endpoint: the example operations are in its editor and every
 * operation carries a working token, a new one whenever the page is loaded.
 */
export function sandboxPage(
  sandbox: { readonly token: () => Promise<string> } | undefined,
  logger: Logger,
): ApolloServerPlugin {
  return {
    async serverWillStart(service) {
      const html = async () => {
        const token = sandbox && (await pageToken(sandbox.token, logger))
        const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` }
        const plugin = ApolloServerPluginLandingPageLocalDefault({
          document: exampleOperations,
          includeCookies: false,
          embed: {
            runTelemetry: false,
            initialState: { pollForSchemaUpdates: false, sharedHeaders: headers },
          },
        })
        const listener = await plugin.serverWillStart?.(service)
        const page = listener ? await listener.renderLandingPage?.() : undefined
        return typeof page?.html === 'function' ? page.html() : (page?.html ?? '')
      }
      return { renderLandingPage: async () => ({ html }) }
    },
  }
}

/** The page is of use without a token too, so that an issuer that is down does not take it away. */
export async function pageToken(token: () => Promise<string>, logger: Logger): Promise<string | undefined> {
  try {
    return await token()
  } catch (error) {
    logger.warn({ err: error }, 'no token for the Sandbox page')
    return undefined
  }
}

/**
 * Keeps the page's token on this machine. The page is given only where it is asked for by a loopback name, so that no web
 * site whose name leads here can read it, and to no foreign origin, and in no frame.
 * @throws where the server listens for other machines
 */
export function guardSandboxPage(app: FastifyInstance, host: string): void {
  if (!isLoopback(host)) throw new Error(`The Sandbox page can't have a token where the API listens on ${host}.`)
  app.addHook('onSend', async (request, reply, payload) => {
    if (!String(reply.getHeader('content-type')).startsWith('text/html')) return payload
    reply.removeHeader('access-control-allow-origin')
    reply.header('content-security-policy', "frame-ancestors 'none'")
    reply.header('cross-origin-opener-policy', 'same-origin')
    if (isLoopback(request.headers.host ?? '')) return payload
    reply.code(otherHost.status).type('application/problem+json; charset=utf-8')
    return JSON.stringify(otherHost)
  })
}

const otherHost = {
  type: 'about:blank',
  status: 421,
  title: 'Misdirected Request',
  detail: 'This page is for this machine alone. Open it at 127.0.0.1 or localhost.',
  code: 'MISDIRECTED_REQUEST',
}
