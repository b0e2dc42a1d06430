import { loadCatalog } from '../../src/catalog/load.js'
import { loadConfig } from '../../src/config/config.js'
import type { Environment } from '../../src/config/env.js'
import { resolveSecrets } from '../../src/config/secrets.js'
import { isFree } from '../machine/ports.js'
import { StartError } from '../machine/start-error.js'
import { requireNamedTemporalCli } from '../temporal/cli.js'

/** Placeholders for the settings of each embedded component, by the variable that names an external one. */
const embedded: Readonly<Record<string, Environment>> = {
  DATABASE_URL: { DATABASE_URL: 'postgresql://tidemark@127.0.0.1/tidemark' },
  TEMPORAL_ADDRESS: { TEMPORAL_ADDRESS: '127.0.0.1:7233' },
  SFTP_HOST: {
    SFTP_HOST: '127.0.0.1',
    SFTP_USERNAME: 'tidemark',
    SFTP_PASSWORD: 'embedded',
    SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}`,
  },
  OAUTH_ISSUER: { OAUTH_ISSUER: 'http://127.0.0.1:4001' },
}

/**
 * Checks every setting before the stack makes or starts anything. @throws ConfigError, CatalogError or StartError
 */
export async function checkSettings(environment: Environment): Promise<void> {
  const given = resolveSecrets(environment)
  const missing = Object.entries(embedded).filter(([name]) => !given[name])
  const config = loadConfig(Object.assign({}, ...missing.map(([, values]) => values), given))
  await loadCatalog(config.catalogFile)
  await requireNamedTemporalCli(given)
  if (given['PORT'] && !(await isFree(config.http.port))) {
    throw new StartError(`PORT=${config.http.port} is taken on this machine. Choose another port, or leave PORT unset.`)
  }
}
