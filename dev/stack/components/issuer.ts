import { join } from 'node:path'
import { isLoopback } from '../../../src/compose/loopback.js'
import type { Environment } from '../../../src/config/env.js'
import { startTokenIssuer } from '../../issuer/token-issuer.js'
import { reportMoved } from '../../machine/ports.js'
import { type Accounts, consoleClient, issuerClients, issuerUsers } from '../tenant-accounts.js'
import { type Component, type ComponentContext, externalComponent } from './component.js'

export interface IssuerComponent extends Component {
  /** Undefined if the issuer is external. */
  readonly tokenUrl: string | undefined
  /** A token of the tenant's client. It lasts as long as the tokens that the client requests itself, unless given. */
  accessToken(tenantId: string, lifetimeSeconds?: number): Promise<string>
}

export async function startIssuerComponent(context: ComponentContext): Promise<IssuerComponent> {
  const { environment, folder, accounts, report } = context
  if (environment['OAUTH_ISSUER']) return externalIssuer
  const issuer = await folder.listen(
    'issuer',
    { preferred: 4001, onMoved: reportMoved('Token issuer', report) },
    (port) =>
      startTokenIssuer({
        keyFile: join(folder.path, 'issuer-key.json'),
        audience: environment['OAUTH_AUDIENCE'] ?? 'tidemark',
        clients: () => issuerClients(accounts),
        login: { clients: [consoleClient(accounts)], users: () => issuerUsers(accounts) },
        port,
        lifetimeSeconds: 12 * 3600,
      }),
  )
  const clientOf = new Map(accounts.tenants.map(({ tenantId, clientId }) => [tenantId, clientId]))
  return {
    environment: { OAUTH_ISSUER: issuer.issuer, ...(isLocal(environment) && consoleEnvironment(accounts)) },
    tokenUrl: issuer.tokenUrl,
    accessToken: (tenantId, seconds) => issuer.accessToken(clientOf.get(tenantId) ?? tenantId, seconds),
    stop: () => issuer.stop(),
  }
}

/** The embedded issuer sends users back to this machine only. */
function isLocal({ HOST: host = '127.0.0.1', PUBLIC_URL: publicUrl }: Environment): boolean {
  return isLoopback(host) && (!publicUrl || (URL.canParse(publicUrl) && isLoopback(new URL(publicUrl).host)))
}

function consoleEnvironment({ console }: Accounts): Environment {
  return { CONSOLE_CLIENT_ID: console.client.clientId, CONSOLE_CLIENT_SECRET: console.client.clientSecret }
}

const externalIssuer: IssuerComponent = {
  ...externalComponent,
  tokenUrl: undefined,
  accessToken: () => Promise.reject(new Error('The stack makes no tokens: OAUTH_ISSUER names an external issuer.')),
}
