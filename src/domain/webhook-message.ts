import type { WebhookKind } from './webhook.js'

/** What a message to an endpoint of Slack or Teams says of an event. */
export interface EventSummary {
  readonly type: string
  /** What the type means. */
  readonly description: string
  readonly tenantId: string
  readonly number: number
  readonly at: Date
  readonly data: Readonly<Record<string, unknown>>
}

const mostFields = 10
const longestValue = 200

/** The body of a message to Slack or Teams: the event in a few lines, without nested data. */
export function chatBody(kind: Exclude<WebhookKind, 'STANDARD'>, event: EventSummary): string {
  const lines = linesOf(event)
  if (kind === 'SLACK') return JSON.stringify({ text: lines.map(escapeForSlack).join('\n') })
  const body = lines.map((text, index) => ({
    type: 'TextBlock',
    text: escapeForTeams(text),
    wrap: true,
    ...(index === 0 && { weight: 'bolder' }),
  }))
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body,
  }
  const attachments = [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }]
  return JSON.stringify({ type: 'message', attachments })
}

function linesOf({ type, description, tenantId, number, at, data }: EventSummary): string[] {
  const fields = Object.entries(data).flatMap(([name, value]) => {
    const text = textOf(value)
    return text === undefined ? [] : [`${name}: ${text.slice(0, longestValue)}`]
  })
  return [
    `Tidemark: ${description}`,
    `${type}, event ${number} of ${tenantId}, ${at.toISOString()}`,
    ...fields.slice(0, mostFields),
  ]
}

function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : `${value.length} items`
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined
}

/** Slack reads `<…>` as links and mentions: https://docs.slack.dev/messaging/formatting-message-text. */
function escapeForSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Cards read Markdown, whose links are the only part that could mislead. */
function escapeForTeams(text: string): string {
  return text.replaceAll(/[[\]]/g, (bracket) => `\\${bracket}`)
}

/** The message that asks an endpoint to prove that it expects events: it answers with the same challenge. */
export function challengeBody(challenge: {
  readonly id: string
  readonly tenantId: string
  readonly at: Date
  readonly value: string
}): string {
  const { id, tenantId, at, value } = challenge
  return JSON.stringify({
    id,
    type: webhookChallengeType,
    version: 1,
    timestamp: at.toISOString(),
    tenantId,
    data: { challenge: value },
  })
}

export const webhookChallengeType = 'webhook.challenge'

/** Whether an answer to a challenge contains its value, as `{"challenge": "…"}`. */
export function answersChallenge(answer: string, value: string): boolean {
  try {
    const parsed: unknown = JSON.parse(answer)
    return typeof parsed === 'object' && parsed !== null && 'challenge' in parsed && parsed.challenge === value
  } catch {
    return false
  }
}
