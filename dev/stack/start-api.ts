import { isIPv6 } from 'node:net'
import { type Api, composeApi } from '../../src/compose/api.js'
import { isLoopback } from '../../src/compose/loopback.js'
import type { Config } from '../../src/config/config.js'
import { homePage } from '../home-page/home-page.js'
import { type PortWish, reportMoved } from '../machine/ports.js'
import type { Report } from '../machine/report.js'
import type { IssuerComponent } from './components/issuer.js'
import type { ConnectionInfo } from './connection-file.js'
import type { DataFolder } from './data-folder.js'
import { exampleTenant } from './example-tenant.js'

/** The lifetime of the token in the home page. The page fetches a new one when it has expired. */
const pageTokenSeconds = 15 * 60

interface StartApiOptions {
  readonly folder: DataFolder
  readonly config: Config
  /** Whether the operator set PORT, so that no other port may be used. */
  readonly isPortSet: boolean
  readonly issuer: IssuerComponent
  readonly report: Report
  /** The connections as scripts see them, for the API at a URL. */
  readonly connectionAt: (url: string) => ConnectionInfo
}

export function startApi(options: StartApiOptions): Promise<{ api: Api; url: string }> {
  const { folder, config, issuer, report, connectionAt } = options
  const { host } = config.http
  const isLocal = isLoopback(host)
  if (!isLocal) report(`The home page has no token: HOST is ${host}, so other machines could read it`)
  return folder.listen('http', portWish(options), async (port) => {
    const connection = connectionAt(localUrl(host, port))
    const tenant = connection.tenants.find(({ tenantId }) => tenantId === exampleTenant)
    const token = (): Promise<string> => issuer.accessToken(exampleTenant, pageTokenSeconds)
    const sandbox = { token, ...(tenant && { home: homePage(connection, tenant) }) }
    const api = await composeApi({ ...config, http: { ...config.http, port } }, isLocal ? { sandbox } : {})
    try {
      return { api, url: (await api.listen()).replace(/\/$/, '') }
    } catch (error) {
      await api[Symbol.asyncDispose]()
      throw error
    }
  })
}

function portWish({ config, isPortSet, report }: StartApiOptions): PortWish {
  const { port } = config.http
  return isPortSet ? { wanted: port } : { preferred: port, onMoved: reportMoved('API', report) }
}

/** The URL of a server that listens on this machine only. */
function localUrl(host: string, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`
}
