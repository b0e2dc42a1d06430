import { Context } from '@temporalio/activity'
import type { WebhookProgress, WebhookTask } from '../../src/contracts.js'
import type { DueEvent, OpenWebhook, WebhookAttempt, WebhookQueue } from '../../src/database/webhooks/webhook-queue.js'
import { ExportError } from '../../src/domain/errors.js'
import { inParallel } from '../../src/domain/in-parallel.js'
import { type SealedSecret, type WebhookKind, webhookSecretContext } from '../../src/domain/webhook.js'
import { nextSend, parseRetryAfter } from '../../src/domain/webhook-retry.js'
import type { SecretBox } from '../../src/secrets/secret-box.js'
import type { Events } from '../../src/telemetry/events.js'
import type { WebhookSender } from '../../src/webhooks/sender.js'
import type { signedHeaders, SigningSecret } from '../../src/webhooks/signing.js'
import { heartbeating } from '../heartbeat.js'
import { webhookBody } from './webhook-body.js'

export interface SendDependencies {
  readonly queue: WebhookQueue
  readonly secrets: SecretBox
  readonly sender: WebhookSender
  readonly signedHeaders: typeof signedHeaders
  readonly events: Events
  /** The length of a second of the waits between attempts, in ms. Tests let days pass in seconds. */
  readonly retryUnitMs: number
  /** For fault tests: is called before each attempt. */
  readonly onAttempt?: ((tenantId: string, webhookId: string) => void | Promise<void>) | undefined
}

/** An endpoint that has much to receive lets others have the slot after this time. */
const turnMs = 20_000
/** The most messages that are sent to one endpoint at the same time, if it needs no order. */
const atOnce = 4
const batch = 20
/** After an attempt without an answer, what else is due to this endpoint waits, so that it does not hold a slot all the time. */
const awaySeconds = 5

/** Sends what is due to one endpoint, for a few seconds, and returns when the next attempt is due. */
export function sendWebhooks(deps: SendDependencies, task: WebhookTask): Promise<WebhookProgress> {
  return heartbeating(async () => {
    const end = Date.now() + turnMs
    let sent = 0
    for (;;) {
      const opened = await deps.queue.open(task.tenantId, task.webhookId)
      if (!opened) return { sent, nextAt: null }
      const due = await deps.queue.due(task.tenantId, opened.webhook, batch)
      const done = await sendAll(deps, task, opened, due)
      sent += done.sent
      if (done.isAway) return { sent, nextAt: new Date(Date.now() + awaySeconds * deps.retryUnitMs).toISOString() }
      if (Date.now() < end && (opened.hasMore || done.sent > 0)) continue
      const nextAt = opened.hasMore ? new Date() : await deps.queue.nextDue(task.tenantId, opened.webhook)
      return { sent, nextAt: nextAt?.toISOString() ?? null }
    }
  })
}

/** After a failure, an ordered endpoint gets nothing else. Without an answer, any endpoint gets nothing else for now. */
async function sendAll(
  deps: SendDependencies,
  task: WebhookTask,
  { webhook, secrets }: OpenWebhook,
  due: readonly DueEvent[],
): Promise<{ readonly sent: number; readonly isAway: boolean }> {
  const state = { sent: 0, isAway: false, isStopped: false }
  if (due.length === 0) return state
  const { signing, url = webhook.url } = openSecrets(deps, task, secrets)
  await inParallel(due, webhook.ordered ? 1 : atOnce, async (each) => {
    if (state.isStopped || state.isAway) return
    Context.current().cancellationSignal.throwIfAborted()
    await deps.onAttempt?.(task.tenantId, task.webhookId)
    const attempt = await sendOne(deps, { url, signing, kind: webhook.kind }, each)
    state.sent += 1
    const isRecorded = await deps.queue.record(task.tenantId, task.webhookId, attempt)
    if (isRecorded && attempt.disable) deps.events.webhookDisabled(task, attempt.disable, attempt.failure)
    if (attempt.failure === null && isRecorded) return
    state.isAway ||= attempt.statusCode === null && !webhook.ordered
    state.isStopped ||= webhook.ordered || !isRecorded || attempt.disable !== undefined
  })
  return state
}

async function sendOne(
  deps: SendDependencies,
  target: { readonly url: string; readonly signing: readonly SigningSecret[]; readonly kind: WebhookKind },
  { event, attempts }: DueEvent,
): Promise<WebhookAttempt> {
  const body = webhookBody(target.kind, event)
  const headers = deps.signedHeaders({ id: event.id, body, at: new Date() }, target.signing)
  const { cancellationSignal } = Context.current()
  const answer = await deps.sender.send({ url: target.url, body, headers }, cancellationSignal)
  // A worker that stops has cut the attempt off. The endpoint has not failed.
  cancellationSignal.throwIfAborted()
  const at = new Date()
  const common = { number: event.number, attempts, at, statusCode: answer.statusCode }
  if (answer.failure === undefined) return { ...common, failure: null, next: null }
  if (answer.failure === 'GONE') return { ...common, failure: 'GONE', next: null, disable: 'GONE' }
  const next = nextSend(
    { attempts: attempts + 1, retryAfterSeconds: parseRetryAfter(answer.retryAfter, at) },
    { now: at, random: Math.random(), unitMs: deps.retryUnitMs },
  )
  return { ...common, failure: answer.failure, next, ...(next === null && { disable: 'FAILING' }) }
}

/** @throws ExportError if this worker can't open them: the endpoint has not failed, so no attempt counts */
function openSecrets(
  { secrets: box }: SendDependencies,
  { tenantId, webhookId }: WebhookTask,
  sealed: readonly SealedSecret[],
): { readonly signing: readonly SigningSecret[]; readonly url: string | undefined } {
  try {
    const opened = sealed.map((each) => ({
      ...each,
      secret: box.open(each, webhookSecretContext(tenantId, webhookId)),
    }))
    return {
      signing: opened.flatMap(({ kind, secret }) => (kind === 'URL' ? [] : [{ signature: kind, secret }])),
      url: opened.find(({ kind }) => kind === 'URL')?.secret.toString('utf8'),
    }
  } catch (cause) {
    const message = `The secrets of webhook ${webhookId} cannot be decrypted. Set SECRETS_KEY, and after a rotation SECRETS_KEY_PREVIOUS.`
    throw new ExportError('INTERNAL', message, { cause })
  }
}
