import { ConfigError, loadConfig } from '../../../src/config/config.js'
import { makeKey } from '../../support/sftp/ssh-keys.js'

export const fingerprint = `SHA256:${'A'.repeat(43)}`
export const least = {
  DATABASE_URL: 'postgresql://localhost/tidemark',
  TEMPORAL_ADDRESS: 'localhost:7233',
  SFTP_HOST: 'localhost',
  SFTP_USERNAME: 'writer',
  SFTP_PASSWORD: 'secret',
  SFTP_HOST_KEY_FINGERPRINT: fingerprint,
  OAUTH_ISSUER: 'https://issuer.example.com/',
}

export const { privateKey } = makeKey('-t', 'ed25519')

export function problemsOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

export const namesOf = (problems: readonly string[]) => problems.map((problem) => problem.split(' ', 1)[0])
