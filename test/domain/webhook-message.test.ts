import { expect, test } from 'vitest'
import { answersChallenge, challengeBody, chatBody } from '../../src/domain/webhook-message.js'

const event = {
  type: 'export.files.delivered',
  description: 'A run has published files.',
  tenantId: 'acme',
  number: 7,
  at: new Date('2026-11-28T00:00:00Z'),
  data: { rows: 12, note: '<!channel> & [link](x)', entities: [{ rows: 1 }], nested: { rows: 1 }, empty: null },
}

test('a message to Slack has plain lines, in which no text can become a mention or a link', () => {
  const { text } = JSON.parse(chatBody('SLACK', event)) as { readonly text: string }
  expect(text.split('\n')).toEqual([
    'Tidemark: A run has published files.',
    'export.files.delivered, event 7 of acme, 2026-11-28T00:00:00.000Z',
    'rows: 12',
    'note: &lt;!channel&gt; &amp; [link](x)',
    'entities: 1 items',
  ])
})

test('a message to Teams is an adaptive card, in which no text can become a link', () => {
  const message = JSON.parse(chatBody('TEAMS', event)) as {
    readonly type: string
    readonly attachments: readonly {
      readonly contentType: string
      readonly content: { readonly body: { text: string }[] }
    }[]
  }
  expect(message.type).toBe('message')
  const [attachment] = message.attachments
  expect(attachment?.contentType).toBe('application/vnd.microsoft.card.adaptive')
  expect(attachment?.content.body.map(({ text }) => text)).toContain('note: <!channel> & \\[link\\](x)')
})

test('a message to Slack or Teams stays short, whatever the event contains', () => {
  const data = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field${index}`, 'x'.repeat(10_000)]))
  expect(chatBody('SLACK', { ...event, data }).length).toBeLessThan(4000)
  expect(chatBody('TEAMS', { ...event, data }).length).toBeLessThan(4000)
})

test('an endpoint answers a challenge with a JSON object that repeats its value', () => {
  const challenge = { id: 'c-1', tenantId: 'acme', at: event.at, value: 'v-1' }
  expect(JSON.parse(challengeBody(challenge))).toMatchObject({ type: 'webhook.challenge', data: { challenge: 'v-1' } })
  expect(answersChallenge('{"challenge":"v-1","other":1}', 'v-1')).toBe(true)
  for (const answer of ['', 'v-1', '"v-1"', '{"challenge":"v-2"}', '["v-1"]', 'null', '{"challenge":{"v-1":1}}']) {
    expect([answer, answersChallenge(answer, 'v-1')]).toEqual([answer, false])
  }
})
