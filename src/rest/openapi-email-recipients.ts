import { namesOf } from '../domain/described.js'
import { emailKinds } from '../domain/email/kinds.js'
import { emailRecipientStates, mostEmailRecipients, verificationsPerHour } from '../domain/email/recipient.js'
import { emailKindWords, emailStateWords } from './email-recipients.js'

const text = (description: string) => ({ type: 'string', description })
const time = (description: string) => ({ type: 'string', format: 'date-time', description })
const timeOrNull = (description: string) => ({ type: ['string', 'null'], format: 'date-time', description })

const kindMeanings = namesOf(emailKinds)
  .map((kind) => `"${emailKindWords.wordFor(kind)}": ${emailKinds[kind]}`)
  .join(' ')
const kinds = {
  type: 'array',
  items: { type: 'string', enum: emailKindWords.words },
  minItems: 1,
  description: `What the address gets. ${kindMeanings}`,
}

const recipientProperties = {
  id: text('The id of the recipient.'),
  email: text('The address.'),
  kinds,
  state: {
    type: 'string',
    enum: emailStateWords.words,
    description: namesOf(emailRecipientStates)
      .map((state) => `"${emailStateWords.wordFor(state)}": ${emailRecipientStates[state]}`)
      .join(' '),
  },
  verifiedAt: timeOrNull('The time when the address was verified. Null before that.'),
  lastSentAt: timeOrNull(
    'The time when the mail server last accepted an email for the address. Null before the first one.',
  ),
  problem: {
    type: ['string', 'null'],
    description: 'Why the mail server has refused the last email. Null if it has not.',
  },
  addedAt: time('The time when the recipient was added.'),
  addedBy: text('The subject of the token that added the recipient.'),
}

export const emailRecipientSchemas = {
  EmailRecipient: {
    description: 'An address that gets emails about the exports of the tenant.',
    type: 'object',
    properties: recipientProperties,
    required: Object.keys(recipientProperties),
  },
  EmailRecipients: {
    description: 'The recipients of emails about the exports of the tenant.',
    type: 'object',
    properties: {
      isAvailable: {
        type: 'boolean',
        description: 'Whether emails can be sent. False if the operator has not set SMTP_URL.',
      },
      recipients: {
        type: 'array',
        items: { $ref: '#/components/schemas/EmailRecipient' },
        description: `The recipients, oldest first. There are at most ${mostEmailRecipients}.`,
      },
    },
    required: ['isAvailable', 'recipients'],
  },
  EmailRecipientInput: {
    description: 'A recipient to add.',
    type: 'object',
    properties: { email: text('The address, such as `ana@example.com`.'), kinds },
    required: ['email'],
  },
  EmailKindsInput: {
    description: 'What a recipient gets from now on.',
    type: 'object',
    properties: { kinds },
    required: ['kinds'],
  },
}

type UsedProblem =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'TooLarge'
  | 'UnsupportedMediaType'
  | 'Invalid'
  | 'TooMany'
  | 'InternalError'
  | 'Unavailable'
  | 'NoSuchRecipient'
  | 'EmailConflict'

/** The OpenAPI descriptions of the routes of `/email-recipients`. */
export function emailRecipientPaths(parts: {
  readonly json: (description: string, schema: object) => object
  readonly problems: (...names: UsedProblem[]) => object
  readonly ref: (name: string) => object
  readonly tenantHeader: object
}) {
  const { json, problems, ref, tenantHeader } = parts
  const always = problems('BadRequest', 'Unauthorized', 'Forbidden', 'TooMany', 'InternalError', 'Unavailable')
  const id = {
    name: 'id',
    in: 'path',
    required: true,
    description: 'The id of the recipient.',
    schema: { type: 'string' },
  }
  const bodyOf = (schema: string) => ({ required: true, content: { 'application/json': { schema: ref(schema) } } })
  const answer = { '200': json('The recipient.', ref('EmailRecipient')), ...always }
  return {
    '/email-recipients': {
      get: {
        operationId: 'getEmailRecipients',
        summary: 'Read the recipients of email',
        description:
          'Returns the recipients of emails about the exports of the tenant. Requires the scope exports:read.',
        parameters: [tenantHeader],
        responses: { '200': json('The recipients.', ref('EmailRecipients')), ...always },
      },
      post: {
        operationId: 'addEmailRecipient',
        summary: 'Add a recipient of email',
        description:
          'Adds an address, and sends an email with a link to it. The address gets other emails only after its owner has ' +
          'confirmed it with the link. Without `kinds`, it gets only "problems". Requires the scope exports:write.',
        parameters: [tenantHeader],
        requestBody: bodyOf('EmailRecipientInput'),
        responses: { ...answer, ...problems('EmailConflict', 'TooLarge', 'UnsupportedMediaType', 'Invalid') },
      },
    },
    '/email-recipients/{id}': {
      post: {
        operationId: 'changeEmailRecipient',
        summary: 'Change what a recipient gets',
        description: 'Changes what a recipient gets. Its address stays verified. Requires the scope exports:write.',
        parameters: [tenantHeader, id],
        requestBody: bodyOf('EmailKindsInput'),
        responses: { ...answer, ...problems('NoSuchRecipient', 'TooLarge', 'UnsupportedMediaType', 'Invalid') },
      },
      delete: {
        operationId: 'removeEmailRecipient',
        summary: 'Remove a recipient of email',
        description:
          'Removes a recipient. It gets nothing more, not even an email that waits. Requires the scope exports:write.',
        parameters: [tenantHeader, id],
        responses: { ...answer, ...problems('NoSuchRecipient') },
      },
    },
    '/email-recipients/{id}/verification': {
      post: {
        operationId: 'resendEmailVerification',
        summary: 'Send the verification email again',
        description:
          'Sends the email with the link again, to an address that is unverified, bouncing or unsubscribed. An address gets ' +
          `at most ${verificationsPerHour.mailbox} of them in an hour. Requires the scope exports:write.`,
        parameters: [tenantHeader, id],
        responses: { ...answer, ...problems('NoSuchRecipient', 'EmailConflict', 'Invalid') },
      },
    },
  }
}
