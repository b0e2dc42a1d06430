import type { Variables } from './variables.js'

/** Where alerts to operators are posted. The log has them as well. */
export interface AlertsConfig {
  readonly webhookUrl: string | undefined
  readonly form: 'json' | 'alertmanager'
  /** The key of the signature of posts; without it, they are not signed. */
  readonly secret: Buffer | undefined
  /** An incident that can heal is announced after this time. */
  readonly delayMs: number
  /** The base of links to the runbook. */
  readonly runbook: string
}

export function alertsConfig(env: Variables): AlertsConfig {
  return {
    webhookUrl: env.ALERT_WEBHOOK_URL,
    form: env.ALERT_WEBHOOK_FORM,
    secret: env.ALERT_WEBHOOK_SECRET,
    delayMs: env.ALERT_DELAY_SECONDS * 1000,
    runbook: env.PUBLIC_RUNBOOK_URL ?? 'docs/runbook',
  }
}
