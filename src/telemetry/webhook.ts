import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from './logger.js'

/** Posts JSON to one address. A failure is only logged. */
export interface Webhook {
  post(body: object): void
  /** Waits a moment for pending posts, then aborts them. */
  close(): Promise<void>
}

const timeoutMs = 3000
/** Waits before the second and the third attempt. */
const pausesMs = [500, 2000]
const graceMs = 3000
/** If more alerts than this are pending, because the receiver is slow, further alerts are only logged. */
const mostUnderWay = 100

/** No message contains the URL, because it may contain a secret. */
export function createWebhook(url: string, logger: Logger, fetch: typeof globalThis.fetch = globalThis.fetch): Webhook {
  const underWay = new Set<Promise<void>>()
  const closing = new AbortController()
  setMaxListeners(2 * mostUnderWay, closing.signal)

  const send = async (body: object): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      const problem = await tryOnce(fetch, url, body, closing.signal)
      if (problem === undefined) return
      const pause = pausesMs[attempt]
      if (pause === undefined || problem.final || closing.signal.aborted) {
        logger.warn({ ...body, problem: problem.what }, 'an alert could not be posted to ALERT_WEBHOOK_URL')
        return
      }
      await delay(pause, undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }
  return {
    post: (body) => {
      if (underWay.size >= mostUnderWay) {
        logger.warn(
          { ...body, problem: 'too many alerts are pending' },
          'an alert could not be posted to ALERT_WEBHOOK_URL',
        )
        return
      }
      const sending = send(body).finally(() => underWay.delete(sending))
      underWay.add(sending)
    },
    close: async () => {
      const grace = setTimeout(() => closing.abort(), graceMs)
      await Promise.all(underWay)
      clearTimeout(grace)
    },
  }
}

interface Problem {
  readonly what: string
  /** The receiver has rejected the alert, so a retry is useless. */
  readonly final: boolean
}

async function tryOnce(
  fetch: typeof globalThis.fetch,
  url: string,
  body: object,
  closing: AbortSignal,
): Promise<Problem | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      // The operator decides where alerts are sent, so the receiver can't redirect them.
      redirect: 'manual',
      signal: AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)]),
    })
    await response.body?.cancel()
    if (response.ok) return undefined
    return { what: `it answered ${response.status}`, final: response.status < 500 && response.status !== 429 }
  } catch (error) {
    return { what: wordsFor(error), final: false }
  }
}

/** The system's code, such as ECONNREFUSED, which says more than "fetch failed" and never holds the URL. */
function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const cause = error.cause
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name
}
