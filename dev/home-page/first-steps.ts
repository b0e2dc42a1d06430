import type { ConnectionInfo, TenantConnection } from '../stack/connection-file.js'

/** The first mutation that a newcomer sends. It holds no single quote, in which the shell gets it. */
const firstMutation =
  'mutation { registerDataExport(input: { entityList: "user, content" }) ' +
  '{ dataExport { version schedule { nextRunTimes } } userErrors { code message } } }'

/** Commands for a POSIX shell that get a token and register with it; undefined where tokens come from another issuer. */
export function firstSteps({ graphqlUrl, oauth }: ConnectionInfo, tenant: TenantConnection): string | undefined {
  if (oauth.tokenUrl === null) return undefined
  return [
    `TOKEN=$(curl -s -u ${tenant.clientId}:${tenant.clientSecret} -d grant_type=client_credentials \\`,
    `  ${oauth.tokenUrl} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `curl -s ${graphqlUrl} -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\`,
    `  -d '${JSON.stringify({ query: firstMutation })}'`,
  ].join('\n')
}
