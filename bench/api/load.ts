import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

/** Calls of one kind, over and over. */
export interface Load {
  readonly url: string
  /** Connections that are kept, each with one call at a time. */
  readonly clients: number
  /** The calls end after this time, or after this number. */
  readonly seconds?: number
  readonly calls?: number
  /** How many calls are due in a second. Without it, each client calls as soon as it has its answer. */
  readonly duePerSecond?: number
  /** What the nth call sends, counted from 0. */
  readonly call: (n: number) => { readonly body: string; readonly headers: Readonly<Record<string, string>> }
  /** What every answer must hold. */
  readonly expect: string
  /** What some answers may hold, to be counted. */
  readonly note?: string
}

export interface Measured {
  readonly perSecond: number
  /** The part of the answers that held {@link Load.note}. */
  readonly noted: number
  /** In ms, from the time when a call was due, or sent. */
  readonly p50: number
  readonly p99: number
}

/** By node:http, which takes the least CPU from the servers under test. @throws where an answer was wrong */
export async function measure(load: Load): Promise<Measured> {
  const { url, clients, seconds = Infinity, calls: most = Infinity, duePerSecond = Infinity, call, expect, note } = load
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const times: number[] = []
  let [calls, noted] = [0, 0]
  const started = performance.now()
  const client = async (): Promise<void> => {
    while (calls < most && performance.now() - started < seconds * 1000) {
      const n = calls++
      const { body, headers } = call(n)
      const due = started + (n * 1000) / duePerSecond
      if (due > performance.now()) await delay(due - performance.now())
      // A call that found no free client has waited, too.
      const asked = duePerSecond < Infinity ? due : performance.now()
      const { status, answer } = await post(agent, `${url}/graphql`, body, headers)
      times.push(performance.now() - asked)
      if (status !== 200 || !answer.includes(expect)) throw new Error(`wrong: ${status} ${answer.slice(0, 300)}`)
      if (note !== undefined && answer.includes(note)) noted += 1
    }
  }
  try {
    await Promise.all(Array.from({ length: clients }, client))
  } finally {
    agent.destroy()
  }
  const perSecond = (times.length * 1000) / (performance.now() - started)
  const sorted = times.toSorted((a, b) => a - b)
  const percentile = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0
  return { perSecond, noted: noted / times.length, p50: percentile(0.5), p99: percentile(0.99) }
}

function post(
  agent: Agent,
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number | undefined; answer: string }> {
  return new Promise((resolve, reject) => {
    const length = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const asked = request(url, { agent, method: 'POST', headers: { ...headers, ...length } }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode, answer }), reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
