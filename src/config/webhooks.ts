import type { SecretKeys } from '../secrets/secret-box.js'
import type { ConfigProblem } from './config-error.js'
import type { Environment } from './env.js'
import type { Variables } from './variables.js'

export interface WebhookConfig {
  /** The keys that encrypt secrets of tenants at rest; undefined: none can be stored, so there are no webhooks. */
  readonly secretsKeys: SecretKeys | undefined
  /** The most endpoints that one worker sends to at the same time. */
  readonly concurrency: number
  /** For tests and the local stack: endpoints may have private addresses and http. */
  readonly allowPrivate: boolean
}

export function webhookConfig(env: Variables): WebhookConfig {
  const { SECRETS_KEY: current, SECRETS_KEY_PREVIOUS: previous } = env
  return {
    secretsKeys: current === undefined ? undefined : { current, previous },
    concurrency: env.WEBHOOK_CONCURRENCY,
    allowPrivate: env.WEBHOOK_ALLOW_PRIVATE_ADDRESSES,
  }
}

/** A previous key alone would seal nothing. */
export function problemOfSecretsKeys(environment: Environment): ConfigProblem[] {
  if (environment['SECRETS_KEY'] !== undefined || environment['SECRETS_KEY_PREVIOUS'] === undefined) return []
  return [{ name: 'SECRETS_KEY', message: 'is required if SECRETS_KEY_PREVIOUS is set' }]
}
