import type { ConfigProblem } from './config-error.js'
import { readFileSync } from 'node:fs'
import type { Environment } from './env.js'

/**
 * Variables that may also be given as a file, named by the same variable with `_FILE`: every secret, since secrets are
 * mounted as files.
 */
export const fileVariables = [
  'DATABASE_URL',
  'DATABASE_PASSWORD',
  'DATABASE_OWNER_URL',
  'DATABASE_OWNER_PASSWORD',
  'SOURCE_DATABASE_URL',
  'SOURCE_DATABASE_PASSWORD',
  'SOURCE_OWNER_URL',
  'SOURCE_OWNER_PASSWORD',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS_CA',
  'TEMPORAL_TLS_CERT',
  'TEMPORAL_TLS_KEY',
  'SFTP_PASSWORD',
  'SFTP_PRIVATE_KEY',
  'SFTP_PRIVATE_KEY_PASSPHRASE',
  'SFTP_HOST_KEY_FINGERPRINT',
  'PGP_SIGNING_KEY',
  'PGP_SIGNING_KEY_PASSPHRASE',
  'SECRETS_KEY',
  'SECRETS_KEY_PREVIOUS',
  'MANIFEST_SIGNING_KEY',
  'MANIFEST_PUBLIC_KEYS',
  'CONSOLE_CLIENT_SECRET',
  'ALERT_WEBHOOK_URL',
  'ALERT_WEBHOOK_SECRET',
  'SMTP_URL',
  'SMTP_PASSWORD',
  'SMTP_TLS_CA',
  'OTEL_EXPORTER_OTLP_HEADERS',
] as const

/** The environment with the files' contents in place of their names, and what is wrong with the files. */
export function readFileVariables(environment: Environment): { environment: Environment; problems: ConfigProblem[] } {
  const read: Record<string, string> = {}
  const problems: ConfigProblem[] = []
  for (const name of fileVariables) {
    const file = environment[`${name}_FILE`]
    if (file === undefined) continue
    if (environment[name] !== undefined) {
      problems.push({ name, message: `is given twice: leave out ${name} or ${name}_FILE` })
      continue
    }
    try {
      read[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
      if (read[name] === '') problems.push({ name, message: `is empty in the file that ${name}_FILE names` })
    } catch (error) {
      problems.push({ name, message: `can't be read from ${name}_FILE: ${codeOf(error)}` })
    }
  }
  return { environment: { ...environment, ...read }, problems }
}

/** The message has the file's name, which is the secret itself where somebody took one variable for the other. */
function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown'
}
