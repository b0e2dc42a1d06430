import type { ExportErrorCode } from '../domain/errors.js'
import type { Logger } from './logger.js'
import { createWebhook } from './webhook.js'

/** An alert for an operator, in the log and at the webhook if there is one. It has ids only: no secrets and no rows. */
export interface Alert {
  readonly alert: ExportErrorCode
  readonly message: string
  readonly tenantId: string | null
  readonly runId: string | null
  readonly entity: string | null
  readonly attempt: number | null
}

export interface Alerts extends AsyncDisposable {
  /** Sends the alert, unless one of the same topic was sent already. Never throws, and does not wait. */
  raise(topic: string, alert: Alert): void
  /** Forgets the topic: its next alert is sent again. */
  settle(topic: string): void
}

/** The number of latest topics that are remembered. An alert of an older topic may be sent again. */
const remembered = 5000

export function createAlerts(
  logger: Logger,
  options: { webhookUrl?: string | undefined; fetch?: typeof globalThis.fetch } = {},
): Alerts {
  const told = new Set<string>()
  const webhook =
    options.webhookUrl === undefined ? undefined : createWebhook(options.webhookUrl, logger, options.fetch)
  return {
    raise: (topic, alert) => {
      if (told.has(topic)) return
      told.add(topic)
      const [oldest] = told
      if (told.size > remembered && oldest !== undefined) told.delete(oldest)
      logger.error(alert, 'alert')
      webhook?.post({ ...alert, at: new Date().toISOString() })
    },
    settle: (topic) => void told.delete(topic),
    [Symbol.asyncDispose]: async () => webhook?.close(),
  }
}
