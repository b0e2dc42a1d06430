import type { ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default'
import type { Logger } from '../telemetry/logger.js'
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
        const headers = sandbox ? await authorization(sandbox.token, logger) : {}
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
async function authorization(token: () => Promise<string>, logger: Logger): Promise<Record<string, string>> {
  try {
    return { Authorization: `Bearer ${await token()}` }
  } catch (error) {
    logger.warn({ err: error }, 'no token for the Sandbox page')
    return {}
  }
}
