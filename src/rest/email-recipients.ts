import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Actor, Scope } from '../domain/actor.js'
import { type EmailKind, emailKinds } from '../domain/email/kinds.js'
import { emailRecipientStates } from '../domain/email/recipient.js'
import type { EmailRecipients, EmailRecipientsView, EmailRecipientView } from '../services/email/recipients.js'
import type { Outcome } from '../services/outcome.js'
import type { UserErrorCode } from '../services/user-error.js'
import { problemError, sendProblem } from './problem.js'
import { vocabulary } from './words.js'

export const emailKindWords = vocabulary(emailKinds)
export const emailStateWords = vocabulary(emailRecipientStates)

export interface EmailRecipientRoutes {
  readonly emailRecipients: EmailRecipients
  /** Checks the token before the body is read. */
  readonly permit: (scope: Scope) => (request: FastifyRequest) => Promise<void>
  readonly callerOf: (request: FastifyRequest) => Actor
}

const path = '/email-recipients'

/** The routes of `/email-recipients`. */
export function addEmailRecipientRoutes(server: FastifyInstance, routes: EmailRecipientRoutes): void {
  const { emailRecipients, permit, callerOf } = routes
  const onWrite = { onRequest: permit('exports:write') }
  const idOf = ({ params }: FastifyRequest): string => (params as { readonly id: string }).id

  server.get(path, { onRequest: permit('exports:read') }, (request) =>
    emailRecipients.list(callerOf(request)).then(recipientsBody),
  )

  server.post(path, onWrite, async (request, reply) => {
    const { email, kinds } = bodyOf(request)
    if (typeof email !== 'string' || !isTextsOrNothing(kinds)) return sendInvalidBody(reply, additionForm)
    const known = kinds == null ? undefined : parseKinds(kinds)
    if (known === null) return sendUnknownKinds(reply)
    return sendRecipient(reply, await emailRecipients.add(callerOf(request), { email, kinds: known }))
  })

  server.post(`${path}/:id`, onWrite, async (request, reply) => {
    const { kinds } = bodyOf(request)
    if (kinds == null || !isTextsOrNothing(kinds)) return sendInvalidBody(reply, changeForm)
    const known = parseKinds(kinds)
    if (known === null) return sendUnknownKinds(reply)
    return sendRecipient(reply, await emailRecipients.change(callerOf(request), idOf(request), known))
  })

  server.delete(`${path}/:id`, onWrite, async (request, reply) =>
    sendRecipient(reply, await emailRecipients.remove(callerOf(request), idOf(request))),
  )

  server.post(`${path}/:id/verification`, onWrite, async (request, reply) =>
    sendRecipient(reply, await emailRecipients.resendVerification(callerOf(request), idOf(request))),
  )
}

function bodyOf({ body }: FastifyRequest): { readonly email?: unknown; readonly kinds?: unknown } {
  return typeof body === 'object' && body !== null ? body : {}
}

function isTextsOrNothing(value: unknown): value is readonly string[] | null | undefined {
  return value == null || (Array.isArray(value) && value.every((each) => typeof each === 'string'))
}

/** Null if one of the words is unknown. */
function parseKinds(words: readonly string[]): EmailKind[] | null {
  const kinds = words.map((word) => emailKindWords.valueOf(word))
  return kinds.every((kind) => kind !== undefined) ? kinds : null
}

const additionForm = 'The body must be a JSON object with the text `email` and, if you like, the list `kinds`.'
const changeForm = 'The body must be a JSON object with the list `kinds`.'

function sendInvalidBody(reply: FastifyReply, detail: string): FastifyReply {
  return sendProblem(reply, { status: 400, title: 'Bad Request', detail, code: 'INVALID_BODY' })
}

function sendUnknownKinds(reply: FastifyReply): FastifyReply {
  const detail = `kinds must be a list of: ${emailKindWords.words.map((word) => `"${word}"`).join(', ')}.`
  const error = {
    ...{ code: 'INVALID_EMAIL_KINDS' as const, detail, pointer: '#/kinds' },
    ...{ allowedValues: emailKindWords.words, didYouMean: [] },
  }
  return sendProblem(reply, { ...invalid, detail, errors: [error] })
}

function recipientsBody({ isAvailable, recipients }: EmailRecipientsView) {
  return { isAvailable, recipients: recipients.map(recipientBody) }
}

function recipientBody(recipient: EmailRecipientView) {
  const { id, email, kinds, state, verifiedAt, lastSentAt, problem, addedAt, addedBy } = recipient
  return {
    ...{ id, email, kinds: kinds.map((kind) => emailKindWords.wordFor(kind)), state: emailStateWords.wordFor(state) },
    ...{ verifiedAt, lastSentAt, problem, addedAt, addedBy },
  }
}

const invalid = { status: 422, title: 'Unprocessable Content', code: 'INVALID_EMAIL_RECIPIENT' } as const

/** The codes of problems that only these routes have. */
export const emailProblemCodes = [
  'INVALID_EMAIL_RECIPIENT',
  'NO_SUCH_EMAIL_RECIPIENT',
  'EMAIL_ALREADY_VERIFIED',
  'EMAIL_NOT_CONFIGURED',
] as const

const statuses: Partial<Record<UserErrorCode, { readonly status: number; readonly title: string }>> = {
  NO_SUCH_EMAIL_RECIPIENT: { status: 404, title: 'Not Found' },
  EMAIL_ALREADY_VERIFIED: { status: 409, title: 'Conflict' },
  EMAIL_NOT_CONFIGURED: { status: 409, title: 'Conflict' },
}

function sendRecipient(reply: FastifyReply, outcome: Outcome<EmailRecipientView>): FastifyReply | object {
  if (outcome.ok) return recipientBody(outcome.value)
  const code = outcome.userErrors[0]?.code
  const known = code && statuses[code]
  const errors = outcome.userErrors.map(problemError)
  const detail = errors.map((error) => error.detail).join(' ')
  return sendProblem(reply, { ...invalid, ...(known && { ...known, code }), detail, errors })
}
