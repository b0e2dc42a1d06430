import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConnectionInfo, TenantConnection } from '../../../dev/stack/connection-file.js'

/** A script of a tenant: it knows `connection.json` and nothing else. */
export interface TenantClient {
  readonly tenant: TenantConnection
  readonly token: string
  /** @throws where the API answers with errors */
  graphql<Data>(query: string, variables?: object): Promise<Data>
  rest(path?: string): Promise<{ status: number; body: unknown }>
}

export async function readConnection(folder: string): Promise<ConnectionInfo> {
  return JSON.parse(await readFile(join(folder, 'connection.json'), 'utf8')) as ConnectionInfo
}

/** Takes a token by client credentials, as connection.json says, and speaks for the tenant with it. */
export async function openTenantClient(connection: ConnectionInfo, tenantId: string): Promise<TenantClient> {
  const tenant = connection.tenants.find((each) => each.tenantId === tenantId)
  if (!tenant) throw new Error(`connection.json has no tenant ${tenantId}`)
  const answer = await fetch(connection.oauth.tokenUrl ?? '', {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${tenant.clientId}:${tenant.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  const authorization = `Bearer ${token}`
  return {
    tenant,
    token,
    graphql: async <Data>(query: string, variables: object = {}) => {
      const response = await fetch(connection.graphqlUrl, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown }
      if (errors || !data) throw new Error(`${response.status}: ${JSON.stringify(errors)}`)
      return data
    },
    rest: async (path = '') => {
      const response = await fetch(`${connection.restUrl}${path}`, { headers: { authorization } })
      return { status: response.status, body: await response.json() }
    },
  }
}
