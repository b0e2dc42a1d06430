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

/** The number of topics that are remembered. An alert of an older topic may be sent again. */
const mostTopics = 5000

export function createAlerts(
  logger: Logger,
  options: { webhookUrl?: string | undefined; fetch?: typeof globalThis.fetch } = {},
): Alerts {
  const raised = new Set<string>()
  const webhook =
    options.webhookUrl === undefined ? undefined : createWebhook(options.webhookUrl, logger, options.fetch)
  return {
    raise: (topic, alert) => {
      if (raised.has(topic)) return
      raised.add(topic)
      const [oldest] = raised
      if (raised.size > mostTopics && oldest !== undefined) raised.delete(oldest)
      logger.error(alert, 'alert')
      webhook?.post({ ...alert, at: new Date().toISOString() })
    },
    settle: (topic) => void raised.delete(topic),
    [Symbol.asyncDispose]: async () => webhook?.close(),
  }
}
