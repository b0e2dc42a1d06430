import type { ExportErrorCode } from '../domain/errors.js'
import type { Logger } from './logger.js'
import { createWebhook } from './webhook.js'

/** What an operator is told, in the log and, where one is configured, at the webhook. Ids only: no secrets, no rows. */
export interface Alert {
  readonly alert: ExportErrorCode
  readonly message: string
  readonly tenantId: string | null
  readonly runId: string | null
  readonly entity: string | null
  readonly attempt: number | null
}

export interface Alerts extends AsyncDisposable {
  /** Tells it, unless it was told already under the same topic. Never throws, and holds nobody up. */
  raise(topic: string, alert: Alert): void
  /** The topic's trouble is over: the next one is told again. */
  settle(topic: string): void
}

/** Topics that are remembered as told, the latest of them. An older one may be told a second time. */
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
