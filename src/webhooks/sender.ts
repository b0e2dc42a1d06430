import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { WebhookFailure } from '../domain/webhook.js'
import { isPublicAddress } from './public-address.js'

/** A message, ready to send. */
export interface WebhookMessage {
  readonly url: string
  readonly body: string
  /** Those of the signature. */
  readonly headers: Readonly<Record<string, string>>
}

/** What became of a message. Of an answer only the code is passed on, and the text of the answer to a challenge. */
export interface WebhookAnswer {
  /** Undefined if the endpoint answered with a status code from 200 to 299. */
  readonly failure?: Exclude<WebhookFailure, 'EVENT_REMOVED'>
  readonly statusCode: number | null
  /** The header `Retry-After` of a failure. */
  readonly retryAfter?: string
  /** The beginning of the answer, at most 64 KB. Only the check of a challenge reads it. It is never stored or shown. */
  readonly text: string
}

export interface WebhookSender {
  /** Sends a message once. It never throws, and it takes 5 s at most. */
  send(message: WebhookMessage, signal?: AbortSignal): Promise<WebhookAnswer>
}

export interface WebhookSenderOptions {
  /** Whether messages may go to private addresses and by http: for tests and the local stack. */
  readonly allowPrivate: boolean
  /** For tests: a certificate authority in PEM, beside those that Node trusts. */
  readonly ca?: string
  /** For tests: resolves names. */
  readonly lookup?: typeof systemLookup
}

const limitMs = 5000
const mostAnswerBytes = 64 * 1024

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const checked = checkedLookup(options)
  return {
    send: async (message, signal) => {
      const timeout = AbortSignal.timeout(limitMs)
      try {
        const response = await post(message, checked, options, signal ? AbortSignal.any([signal, timeout]) : timeout)
        return await answerOf(response)
      } catch (error) {
        return { failure: failureOf(error, timeout), statusCode: null, text: '' }
      }
    },
  }
}

/** An address that Tidemark does not send to. */
class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError'
}

/**
 * Resolves a name once, and refuses it if one of its addresses is not public. The connection goes to an address of this answer:
 * a name that resolves to another address a moment later does not matter.
 */
function checkedLookup({ allowPrivate, lookup = systemLookup }: WebhookSenderOptions): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses: LookupAddress[] = found ?? []
      if (error) return callback(error, [])
      if (!allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(new AddressRefusedError('the name resolves to a refused address'), [])
      }
      const [first] = addresses
      if (options.all || !first) return callback(null, addresses)
      return callback(null, first.address, first.family)
    })
  }
}

function post(
  { url: text, body, headers }: WebhookMessage,
  lookup: LookupFunction,
  { allowPrivate, ca }: WebhookSenderOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const url = new URL(text)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  // Node resolves no IP address, so that the lookup does not see it.
  if (isIP(host) && !allowPrivate && !isPublicAddress(host)) {
    return Promise.reject(new AddressRefusedError('the URL has a refused address'))
  }
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Tidemark-Webhooks/1',
          connection: 'close',
        },
        agent: false,
        lookup,
        signal,
        ...(ca !== undefined && { ca }),
      },
      resolve,
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

async function answerOf(response: IncomingMessage): Promise<WebhookAnswer> {
  const statusCode = response.statusCode ?? 0
  const text = await beginningOf(response)
  const failure = failureOfStatus(statusCode)
  if (failure === undefined) return { statusCode, text }
  const retryAfter = response.headers['retry-after']
  return { failure, statusCode, text: '', ...(retryAfter !== undefined && { retryAfter }) }
}

/** Reads at most 64 KB, and closes the connection. An answer that breaks off, or is slow, has its status code all the same. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= mostAnswerBytes) break
    }
  } catch {
    // The status code decides.
  } finally {
    response.destroy()
  }
  return Buffer.concat(chunks).subarray(0, mostAnswerBytes).toString('utf8')
}

function failureOfStatus(statusCode: number): WebhookAnswer['failure'] {
  if (statusCode >= 200 && statusCode < 300) return undefined
  if (statusCode >= 300 && statusCode < 400) return 'REDIRECTED'
  return statusCode === 410 ? 'GONE' : 'REJECTED'
}

function failureOf(error: unknown, timeout: AbortSignal): NonNullable<WebhookAnswer['failure']> {
  if (error instanceof AddressRefusedError) return 'ADDRESS_REFUSED'
  if (timeout.aborted) return 'TIMEOUT'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (/^(ENOTFOUND|EAI_|ENODATA)/.test(code)) return 'NAME_NOT_RESOLVED'
  return /CERT|TLS|SSL|SELF_SIGNED|ISSUER|SIGNATURE|EPROTO/.test(code) ? 'TLS_FAILED' : 'CONNECTION_FAILED'
}
