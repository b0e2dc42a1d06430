import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/config.js'
import { least, problemsOf } from './support/least.js'

const key = randomBytes(32)
const text = key.toString('base64')

test('without SECRETS_KEY there are no webhooks, and private addresses are refused by default', () => {
  expect(loadConfig(least).webhooks).toEqual({ secretsKeys: undefined, concurrency: 50, allowPrivate: false })
})

test('SECRETS_KEY is 32 bytes in base64, and the key before it can stay during a rotation', () => {
  const previous = randomBytes(32)
  const given = { SECRETS_KEY: text, SECRETS_KEY_PREVIOUS: previous.toString('base64') }
  expect(loadConfig({ ...least, ...given }).webhooks.secretsKeys).toEqual({ current: key, previous })
})

test.each([
  'change-me',
  text.slice(4),
  `${text}x`,
  randomBytes(31).toString('base64'),
  randomBytes(64).toString('hex'),
])('SECRETS_KEY=%s is refused, and the error does not repeat it', (value) => {
  const problems = problemsOf({ ...least, SECRETS_KEY: value }).join('\n')
  expect(problems).toMatch(/^SECRETS_KEY (must be 32 bytes in base64|is a placeholder)/)
  expect(problems).not.toContain(value)
})

test('SECRETS_KEY_PREVIOUS alone is refused, because it encrypts nothing', () => {
  expect(problemsOf({ ...least, SECRETS_KEY_PREVIOUS: text })).toEqual([
    'SECRETS_KEY is required if SECRETS_KEY_PREVIOUS is set',
  ])
})
