import type { ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default'
import type { FastifyInstance } from 'fastify'
import type { Logger } from '../telemetry/logger.js'
import { isLoopback } from './addresses.js'
import { exampleOperations } from './example-operations.js'

/**
 * Apollo's embedded Sandbox for browsers that open the endpoint. Its editor has the example operations, and every operation
 * has a valid token. Each load of the page gets a new token.
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

/** The page is also useful without a token, so it stays available while the issuer is down. */
export async function pageToken(token: () => Promise<string>, logger: Logger): Promise<string | undefined> {
  try {
    return await token()
  } catch (error) {
    logger.warn({ err: error }, 'no token for the Sandbox page')
    return undefined
  }
}

/**
 * Keeps the page's token on this machine. The server returns the page only for a loopback host name, so that a web site
 * whose name resolves to this machine cannot read it. No other origin and no frame can load the page.
 * @throws if the server accepts connections from other machines
 */
export function guardSandboxPage(app: FastifyInstance, host: string): void {
  if (!isLoopback(host))
    throw new Error(`The Sandbox page cannot contain a token: the API listens on ${host}. Set HOST to 127.0.0.1.`)
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
  detail: 'This page is available only on this machine. Open it at 127.0.0.1 or localhost.',
  code: 'MISDIRECTED_REQUEST',
}
