import type { TokenAuthority } from '../../test/support/api/token-authority.js'
import type { Environment } from '../../src/config/env.js'
import type { Servers } from '../support/servers.js'

/** The variables of an API over the benchmark's servers, at any free port. It exports nothing. */
export function apiEnvironment(servers: Servers, authority: TokenAuthority): Environment {
  return {
    DATABASE_URL: servers.databaseUrl,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    OAUTH_ISSUER: authority.issuer,
    SFTP_HOST: '127.0.0.1',
    SFTP_USERNAME: 'nobody',
    SFTP_PASSWORD: 'nothing',
    SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
    PORT: '0',
    // All clients have one address.
    RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
    NODE_ENV: 'production',
  }
}
