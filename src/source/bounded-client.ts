import pg from 'pg'
import type { Capabilities } from './capabilities.js'
import { parseVersion, type PostgresVersion } from './session-settings.js'

interface ParameterStatus {
  readonly parameterName: string
  readonly parameterValue: string
}

/**
 * A connection of the pool. Connecting has a timeout. Waiting for a free connection of the pool has none, because reads may
 * take hours.
 */
export class BoundedClient extends pg.Client {
  /** The server reports it during the login. Undefined if it is in no form that is known. */
  version: PostgresVersion | undefined
  /** What the server supports; set before the connection is used. */
  capabilities: Capabilities = { systemIdentifier: true, timeline: true }

  constructor(config?: string | pg.ClientConfig) {
    super(typeof config === 'string' ? config : { ...config, connectionTimeoutMillis: 10_000 })
    this.connection.on('parameterStatus', ({ parameterName, parameterValue }: ParameterStatus) => {
      if (parameterName === 'server_version') this.version = parseVersion(parameterValue)
    })
  }
}
