import { setTimeout as delay } from 'node:timers/promises'
import { severityOf } from '../domain/incident.js'
import type { LinkBases } from '../domain/incident-links.js'
import { inSentences, linksOf } from '../domain/incident-links.js'
import type { Notification } from '../domain/incident-notification.js'
import { type AlertForm, alertBody } from './alert-forms.js'
import type { Logger } from './logger.js'
import { createWebhook } from './webhook.js'

/** How notifications reach operators: the log, and the webhook if there is one. They have ids only: no secrets and no rows. */
export interface Alerts extends AsyncDisposable {
  /** Whether there is a webhook. */
  readonly isPosted: boolean
  log(notification: Notification): void
  /** Posts it once. Returns why the receiver does not have it; undefined if it has. */
  post(notification: Notification, signal?: AbortSignal): Promise<string | undefined>
  /** Posts it a few times in the background, for what can't be stored in the outbox. */
  postSoon(notification: Notification): void
  /** `next`: when it is posted again; null if it is given up. */
  notPosted(notification: Notification, problem: string, next: Date | null): void
  /** An incident could not be stored. */
  notStored(error: unknown): void
}

export interface AlertOptions {
  readonly webhookUrl?: string | undefined
  readonly form?: AlertForm
  readonly secret?: Buffer | undefined
  readonly links?: LinkBases
  readonly fetch?: typeof globalThis.fetch
}

/** Waits between the posts of what is not in the outbox. */
const pausesMs = [500, 2000, 10_000, 60_000]
const graceMs = 3000
const noLinks: LinkBases = { temporalUi: { url: undefined, namespace: 'default' }, runbook: 'docs/runbook' }

export function createAlerts(logger: Logger, options: AlertOptions = {}): Alerts {
  const { webhookUrl, form = 'json', links = noLinks, ...webhookOptions } = options
  const webhook = webhookUrl === undefined ? undefined : createWebhook({ url: webhookUrl, ...webhookOptions })
  const underWay = new Set<Promise<void>>()
  const closing = new AbortController()

  const post: Alerts['post'] = async (notification, signal) =>
    webhook?.post({ id: notification.id, body: alertBody(form, notification, links) }, signal)
  const notPosted: Alerts['notPosted'] = (notification, problem, next) =>
    logger[next ? 'warn' : 'error'](
      { ...fieldsOf(notification), problem, next },
      next
        ? 'an alert could not be posted to ALERT_WEBHOOK_URL; Tidemark tries again'
        : 'an alert could not be posted to ALERT_WEBHOOK_URL, and is given up',
    )
  const postAll = async (notification: Notification): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      const problem = await post(notification, closing.signal)
      if (problem === undefined) return
      const pause = pausesMs[attempt]
      if (pause === undefined || closing.signal.aborted) return notPosted(notification, problem, null)
      await delay(pause, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }
  return {
    isPosted: webhook !== undefined,
    log: (notification) => {
      const { kind, incident } = notification
      const level = kind === 'resolved' ? 'info' : severityOf(incident.code) === 'critical' ? 'error' : 'warn'
      const message = inSentences(kind, incident, linksOf(incident, links))
      logger[level]({ ...fieldsOf(notification), message }, 'alert')
    },
    post,
    postSoon: (notification) => {
      const posting = postAll(notification).finally(() => underWay.delete(posting))
      underWay.add(posting)
    },
    notPosted,
    notStored: (error) => logger.error({ err: error }, 'an incident could not be stored in the database'),
    [Symbol.asyncDispose]: async () => {
      const grace = setTimeout(() => closing.abort(), graceMs)
      await Promise.all(underWay)
      clearTimeout(grace)
    },
  }
}

function fieldsOf({ kind, incident }: Notification): object {
  const { id, code, subject, extent } = incident
  const { tenantId, entity, runId, workflowId } = extent.latest
  const { tenants, files, failedRuns } = extent
  return {
    ...{ alert: code, kind, incidentId: id, severity: severityOf(code), subject, tenants, files, failedRuns },
    ...{ tenantId, entity, runId, workflowId },
  }
}
