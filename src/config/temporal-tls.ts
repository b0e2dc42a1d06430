import type { TemporalOptions } from '../schedules/temporal.js'
import type { ConfigProblem } from './config-error.js'
import type { Environment } from './env.js'
import type { Variables } from './variables.js'

/** A client certificate needs its key. */
export function problemOfClientCertificate(environment: Environment): ConfigProblem[] {
  const pair = ['TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY']
  const missing = pair.filter((name) => !environment[name])
  return missing.length === 1
    ? missing.map((name) => ({ name, message: `is required with the other of ${pair.join(', ')}` }))
    : []
}

/** A certificate or a server name switches TLS on. */
export function temporalTls(env: Variables): TemporalOptions['tls'] {
  const { TEMPORAL_TLS_CA: ca, TEMPORAL_TLS_CERT: crt, TEMPORAL_TLS_KEY: key, TEMPORAL_TLS_SERVER_NAME: name } = env
  const given = {
    ...(ca !== undefined && { serverRootCACertificate: Buffer.from(ca) }),
    ...(name !== undefined && { serverNameOverride: name }),
    ...(crt !== undefined && key !== undefined && { clientCertPair: { crt: Buffer.from(crt), key: Buffer.from(key) } }),
  }
  return Object.keys(given).length > 0 ? given : env.TEMPORAL_TLS
}
