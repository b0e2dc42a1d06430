import { expect } from 'vitest'
import { noteInput } from './inputs.js'
import type { Answer, RunningApi } from './running-api.js'

export interface Refusal {
  readonly status: number
  /** The code that programs act on. */
  readonly code: string
  readonly message?: RegExp
}

/** A refusal with a status of 400, unless another one is given. */
export function refused(code: string, message: RegExp, status = 400): Refusal {
  return { status, code, message }
}

/**
 * Sends a bad input and holds what is true of each: it is refused as expected, in plain words and without a stack trace,
 * nothing of it is written, and the next good request is answered.
 */
export async function expectRefusal(
  api: RunningApi,
  input: string,
  attempt: () => Promise<Answer>,
  expected: Refusal,
): Promise<Answer> {
  const before = await writtenRows(api)
  const answer = await attempt()
  noteInput(input, said(answer))
  const { code, message } = wordsOf(answer)
  expect({ status: answer.status, code }).toEqual({ status: expected.status, code: expected.code })
  expect(message).toMatch(expected.message ?? /\w/)
  expectNothingInside(answer)
  expect(await writtenRows(api)).toEqual(before)
  expect((await api.graphql('{ dataExport { version } }')).status).toBe(200)
  return answer
}

/** What no answer may hold: where the code lies, and in which order it was called. */
export function expectNothingInside({ text }: Answer): void {
  expect(text).not.toMatch(/\n\s+at |node_modules|\.[jt]s:\d|stacktrace/i)
}

/** Everything that a request could write, but for the record of the attempt itself. */
export async function writtenRows({ world }: RunningApi): Promise<unknown> {
  const tables = ['registration', 'registered_entity', 'registration_change', 'run', 'run_entity', 'sftp_key']
  const written = await Promise.all(
    tables.map(async (table) => [table, await world.sql(`SELECT t.* FROM tidemark.${table} t ORDER BY t::text`)]),
  )
  return Object.fromEntries(written)
}

/** What an answer says, in one line. */
export function said(answer: Answer): string {
  const { code, message } = wordsOf(answer)
  return [answer.status, code, message].filter((part) => part !== '').join(' ')
}

interface Body {
  readonly errors?: readonly { readonly message?: string; readonly extensions?: { readonly code?: string } }[]
  readonly data?: Readonly<Record<string, { readonly userErrors?: readonly UserError[] } | null>> | null
  readonly code?: string
  readonly detail?: string
}

interface UserError {
  readonly code: string
  readonly message: string
}

/** The code and the message of an error in GraphQL, a user error within its data, or a problem of REST. */
function wordsOf({ text }: Answer): { code: string; message: string } {
  const body = parsed(text)
  const [error] = body.errors ?? []
  if (error?.message !== undefined) return { code: error.extensions?.code ?? '', message: error.message }
  const [userError] = Object.values(body.data ?? {}).flatMap((field) => field?.userErrors ?? [])
  if (userError) return userError
  return { code: body.code ?? '', message: body.detail ?? '' }
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body
  } catch {
    return { detail: text }
  }
}
