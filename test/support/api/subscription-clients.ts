import { createClient, type Client } from 'graphql-ws'
import { WebSocket } from 'ws'

export interface Result {
  readonly data?: { readonly exportRunUpdated: Record<string, unknown> | null } | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[]
}

/** What a test has received of a subscription so far. */
export interface Received {
  readonly status: number
  readonly contentType: string
  readonly results: Result[]
  /** Lines or parts without a result that came after the beginning. */
  readonly heartbeats: () => number
  /** Everything, as it came. */
  readonly text: () => string
  /** Whether the server has said that there are no more results. */
  readonly isComplete: () => boolean
  /** Resolves when the response has ended. */
  readonly ended: Promise<void>
  disconnect(): void
}

export interface Subscribing {
  readonly port: number
  readonly token: string
  readonly query: string
  readonly variables?: object
  readonly headers?: Readonly<Record<string, string>>
}

export const multipartType = 'multipart/mixed;subscriptionSpec=1.0, application/json'

export function subscribeBySse(call: Subscribing): Promise<Received> {
  return subscribeByHttp(call, 'text/event-stream', (text) => {
    const events = text.split('\n\n')
    return {
      results: events.flatMap((event) => /^event: next\ndata: (.*)$/.exec(event)?.[1] ?? []).map(parsed),
      heartbeats: events.filter((event) => event === ':').length - 1,
      isComplete: events.includes('event: complete\ndata:'),
    }
  })
}

export function subscribeByMultipart(call: Subscribing): Promise<Received> {
  return subscribeByHttp(call, multipartType, (text) => {
    // As Apollo Client reads it: each part ends where the next boundary begins.
    const parts = text.split('\r\n--graphql').slice(0, -1)
    const bodies = parts.flatMap((part) => part.split('\r\n\r\n')[1] ?? [])
    const all = bodies.map((body) => JSON.parse(body) as { payload?: Result | null; errors?: Result['errors'] })
    return {
      results: all.flatMap(({ payload, errors }) => (payload ? [payload] : errors ? [{ errors }] : [])),
      heartbeats: bodies.filter((body) => body === '{}').length,
      isComplete: text.endsWith('\r\n--graphql--\r\n'),
    }
  })
}

function parsed(json: string): Result {
  return JSON.parse(json) as Result
}

type Read = (text: string) => { results: Result[]; heartbeats: number; isComplete: boolean }

async function subscribeByHttp(
  { port, token, query, variables, headers }: Subscribing,
  accept: string,
  read: Read,
): Promise<Received> {
  const controller = new AbortController()
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { accept, authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
    signal: controller.signal,
  })
  let text = ''
  const receive = async (): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) text += decoder.decode(bytes as Uint8Array, { stream: true })
  }
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    get results() {
      return read(text).results
    },
    heartbeats: () => read(text).heartbeats,
    text: () => text,
    isComplete: () => read(text).isComplete,
    ended: receive().catch(() => undefined),
    disconnect: () => controller.abort(),
  }
}

/** A client of graphql-ws, as a front end has it. Its first message has the headers. It never tries again. */
export function webSocketClient(
  { port, token, headers }: Pick<Subscribing, 'port' | 'token' | 'headers'>,
  onClosed: (code: number, reason: string) => void = () => undefined,
): Client {
  return createClient({
    url: `ws://127.0.0.1:${port}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}`, ...headers },
    retryAttempts: 0,
    lazyCloseTimeout: 0,
    on: {
      closed: (event) => {
        const { code, reason } = event as { code: number; reason: string }
        onClosed(code, reason)
      },
    },
  })
}

export interface Followed {
  readonly results: Result[]
  /** Why it ended; undefined after `complete`. */
  readonly ended: Promise<unknown>
  readonly stop: () => void
}

export function subscribeByWebSocket(client: Client, query: string, variables: Record<string, unknown> = {}): Followed {
  const results: Result[] = []
  let stop = (): void => undefined
  const ended = new Promise<unknown>((resolve) => {
    stop = client.subscribe(
      { query, variables },
      {
        next: (result) => void results.push(result as unknown as Result),
        error: resolve,
        complete: () => resolve(undefined),
      },
    )
  })
  return { results, ended, stop }
}
