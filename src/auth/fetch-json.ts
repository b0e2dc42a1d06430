import { isSecureUrl } from '../domain/secure-url.js'

const timeoutMs = 5_000
/** Far more than keys or metadata take. What sends more must not fill the memory. */
const largestAnswer = 1024 * 1024

/** Fetches a document that the service trusts. @throws where the URL can be tampered with or the answer is too large */
export async function fetchJson(url: string, fetch: typeof globalThis.fetch): Promise<unknown> {
  if (!isSecureUrl(url)) throw new Error(`${url} is not fetched: it must be an https:// URL`)
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`${url} answered ${response.status}`)
  }
  return JSON.parse(await boundedText(url, response))
}

/** The same limit for a library that makes its requests itself. */
export function boundedFetch(fetch: typeof globalThis.fetch) {
  return async (url: string, options: object): Promise<Response> => {
    const response = await fetch(url, options)
    const { status, headers } = response
    const text = await boundedText(url, response)
    return new Response(text === '' ? null : text, { status, headers })
  }
}

async function boundedText(url: string, response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    // Leaving the loop cancels the rest of the answer.
    if (bytes > largestAnswer) throw new Error(`${url} answered with more than ${largestAnswer} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
