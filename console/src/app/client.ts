import { authExchange } from '@urql/exchange-auth'
import { cacheExchange, Client, type CombinedError, fetchExchange } from 'urql'
import type { LoginReason, LoginRequests } from './login-request'
import { consoleHeaders } from './session'

/**
 * The GraphQL client of one tenant, or of no tenant. Each has a cache of its own, so that no page shows data of another tenant.
 * @param tenantId the tenant that an operator acts for
 */
export function createClient(logins: LoginRequests, tenantId: string | undefined): Client {
  return new Client({
    url: '/console/graphql',
    preferGetMethod: false,
    fetchSubscriptions: true,
    requestPolicy: 'cache-and-network',
    fetchOptions: {
      headers: { ...consoleHeaders, ...(tenantId !== undefined && { 'tidemark-tenant': tenantId }) },
    },
    exchanges: [cacheExchange, authExchange(async () => loginAgain(logins)), fetchExchange],
  })
}

/** Requests that the API refuses for a missing or an old login wait for a new one, and are sent again. */
function loginAgain(logins: LoginRequests) {
  let reason: LoginReason | undefined
  return {
    addAuthToOperation: <T>(operation: T): T => operation,
    didAuthError: (error: CombinedError): boolean => {
      reason = reasonOf(error)
      return reason !== undefined
    },
    refreshAuth: () => logins.wait(reason ?? 'SESSION_ENDED'),
  }
}

function reasonOf({ graphQLErrors }: CombinedError): LoginReason | undefined {
  const codes = graphQLErrors.map(({ extensions }) => extensions['code'])
  if (codes.includes('STEP_UP_REQUIRED')) return 'STEP_UP_REQUIRED'
  return codes.includes('UNAUTHENTICATED') ? 'SESSION_ENDED' : undefined
}
