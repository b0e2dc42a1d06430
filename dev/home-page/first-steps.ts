import type { ConnectionInfo, TenantConnection } from '../stack/connection-file.js'

/** The mutation of the example. It contains no single quote, since the shell command quotes it with them. */
const firstMutation =
  'mutation { registerDataExport(input: { entityList: "user, content" }) ' +
  '{ dataExport { version schedule { nextRunTimes } } userErrors { code message } } }'

/** Commands for a POSIX shell that get a token and register an export. Undefined if the issuer is external. */
export function firstSteps({ graphqlUrl, oauth }: ConnectionInfo, tenant: TenantConnection): string | undefined {
  if (oauth.tokenUrl === null) return undefined
  return [
    `TOKEN=$(curl -s -u ${tenant.clientId}:${tenant.clientSecret} -d grant_type=client_credentials \\`,
    `  ${oauth.tokenUrl} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `curl -s ${graphqlUrl} -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\`,
    `  -d '${JSON.stringify({ query: firstMutation })}'`,
  ].join('\n')
}
