import { expect, test } from 'vitest'
import type { WebhookKind } from '../../src/domain/webhook.js'
import { problemOfWebhookUrl, shownWebhookUrl } from '../../src/domain/webhook-url.js'
import { isPublicAddress } from '../../src/webhooks/public-address.js'

const problemOf = (url: string, kind: WebhookKind = 'STANDARD', allowPrivate = false) =>
  problemOfWebhookUrl(url, { kind, allowPrivate, isPublicAddress })

test('a public https URL is accepted, with port 443 or one from 1024 on', () => {
  for (const url of [
    'https://example.com/hook?token=x',
    'https://example.com:443/',
    'https://hooks.example.co.uk:8443/a',
    'https://8.8.8.8/hook',
    'https://[2606:4700:4700::1111]/hook',
    'https://xn--bcher-kva.example.net/',
  ]) {
    expect([url, problemOf(url)]).toEqual([url, undefined])
  }
})

test.each([
  ['hook', 'MALFORMED'],
  ['https://', 'MALFORMED'],
  [`https://example.com/${'x'.repeat(2000)}`, 'TOO_LONG'],
  ['http://example.com/', 'NOT_HTTPS'],
  ['ftp://example.com/', 'NOT_HTTPS'],
  ['https://user:password@example.com/', 'CREDENTIALS'],
  ['https://token@example.com/', 'CREDENTIALS'],
  ['https://example.com/#part', 'FRAGMENT'],
  ['https://example.com:22/', 'PORT'],
  ['https://example.com:1023/', 'PORT'],
  ['https://localhost/', 'HOST'],
  ['https://localhost./', 'HOST'],
  ['https://db.internal/', 'HOST'],
  ['https://printer.local/', 'HOST'],
  ['https://intranet/', 'HOST'],
  ['https://127.0.0.1/', 'HOST'],
  ['https://127.1/', 'HOST'],
  ['https://0x7f000001/', 'HOST'],
  ['https://2130706433/', 'HOST'],
  ['https://0177.0.0.1/', 'HOST'],
  ['https://169.254.169.254/latest/meta-data', 'HOST'],
  ['https://10.1.2.3:8443/', 'HOST'],
  ['https://[::1]/', 'HOST'],
  ['https://[::ffff:127.0.0.1]/', 'HOST'],
  ['https://[fd00:ec2::254]/', 'HOST'],
  ['https://[64:ff9b::a00:1]/', 'HOST'],
])('%s is refused: %s', (url, problem) => {
  expect(problemOf(url)).toBe(problem)
})

test('a webhook of Slack or Teams is accepted only on the hosts of Slack and Microsoft', () => {
  expect(problemOf('https://hooks.slack.com/services/T0/B0/x', 'SLACK')).toBeUndefined()
  expect(problemOf('https://prod-1.westeurope.logic.azure.com:443/workflows/x', 'TEAMS')).toBeUndefined()
  expect(problemOf('https://acme.webhook.office.com/webhookb2/x', 'TEAMS')).toBeUndefined()
  for (const host of ['example.com', 'hooks.slack.com.example.com', 'evil-hooks.slack.com', 'xhooks.slack.com']) {
    expect(problemOf(`https://${host}/services`, 'SLACK')).toBe('NOT_SLACK')
  }
  expect(problemOf('https://logic.azure.com.example.com/', 'TEAMS')).toBe('NOT_TEAMS')
})

test('private addresses and http are accepted only with the setting for tests', () => {
  expect(problemOf('http://127.0.0.1:8080/hook', 'STANDARD', true)).toBeUndefined()
  expect(problemOf('http://127.0.0.1:8080/hook', 'SLACK', true)).toBeUndefined()
  expect(problemOf('ftp://127.0.0.1/', 'STANDARD', true)).toBe('NOT_HTTPS')
  expect(problemOf('http://user@127.0.0.1/', 'STANDARD', true)).toBe('CREDENTIALS')
})

test('the API does not show the path of a URL of Slack or Teams, because it is a secret', () => {
  expect(shownWebhookUrl('https://hooks.slack.com/services/T0/B0/secret', 'SLACK')).toBe('https://hooks.slack.com/…')
  expect(shownWebhookUrl('https://example.com/hook', 'STANDARD')).toBe('https://example.com/hook')
})
