import { expect, test } from 'vitest'
import type { EmailContent } from '../../../src/domain/email/content.js'
import { outgoingEmail } from '../../../src/domain/email/outgoing.js'

const context = {
  tenantId: 'acme',
  tokenUrl: 'https://tidemark.example.com/email/unsubscribe?token=abc',
  consoleUrl: 'https://tidemark.example.com/console/',
}
const emailOf = (content: EmailContent, overrides: Partial<typeof context> = {}) =>
  outgoingEmail({ id: 'id-1', to: 'ana@example.com', content }, { ...context, ...overrides })

const problem: EmailContent = {
  ...{ template: 'PROBLEM', since: '2026-11-28T00:10:00.000Z', failedRuns: 1, isOverdue: true },
  missing: [
    { entity: 'user', code: 'SFTP_UNAVAILABLE', message: 'The SFTP server was unreachable.' },
    { entity: 'site', code: null, message: null },
  ],
}

test('an email about a problem says since when, what is missing and why, and how to unsubscribe', () => {
  const email = emailOf(problem)
  expect(email.subject).toBe('Data exports of acme have a problem')
  expect(email.text).toBe(`The data exports of acme have a problem since 2026-11-28 00:10 UTC.

Files are overdue: they were expected earlier and are not there.

The last run that failed has not delivered:

- user: SFTP_UNAVAILABLE. The SFTP server was unreachable.
- site: not exported

Nothing is lost: the next files cover what is missing.

While the problem lasts you get one email a day, and one when everything is delivered.

Open the console: https://tidemark.example.com/console/

-- 
You get this email because this address was confirmed for emails about the data exports of acme.

Unsubscribe: https://tidemark.example.com/email/unsubscribe?token=abc
`)
  expect(email.unsubscribeUrl).toBe(context.tokenUrl)
})

test('an email that verifies an address has its link once, and no link to unsubscribe', () => {
  const tokenUrl = 'https://tidemark.example.com/email/verify?token=abc'
  const email = emailOf({ template: 'VERIFICATION' }, { tokenUrl })
  expect(email.text.split(tokenUrl)).toHaveLength(2)
  expect(email.text).not.toContain('Unsubscribe')
  expect(email.unsubscribeUrl).toBeNull()
})

test('text of an event is no markup in an email', () => {
  const missing = [{ entity: '<b>user</b>', code: 'X', message: '"><script>alert(1)</script>' }]
  const { html } = emailOf({ ...problem, missing })
  expect(html).not.toMatch(/<script|<b>/)
  expect(html).toContain('&#60;b&#62;user&#60;/b&#62;')
})

test('an email loads nothing from a server', () => {
  expect(emailOf(problem).html).not.toMatch(/<img|<link|<script|url\(|src=/i)
})

test('each template has a subject of its own, and names the tenant', () => {
  const span = { since: '2026-11-28T00:00:00Z', until: '2026-11-29T00:00:00Z' }
  const contents: EmailContent[] = [
    { template: 'VERIFICATION' },
    problem,
    { ...problem, template: 'PROBLEM_LASTS' },
    { template: 'RECOVERED', ...span },
    { template: 'CHANGES', changes: [{ at: span.since, kind: 'COLUMNS', entities: ['user'] }], more: 2 },
    {
      ...{ template: 'DELIVERIES', ...span, runs: 1, entities: [{ entity: 'user', files: 1, rows: 3 }] },
      expiring: [{ day: '2026-11-01', removedOn: '2026-12-02' }],
    },
  ]
  const emails = contents.map((content) => emailOf(content))
  expect(new Set(emails.map(({ subject }) => subject)).size).toBe(contents.length)
  for (const { subject, text, html } of emails) {
    expect([subject, text, html].filter((part) => !part.includes('acme'))).toEqual([])
  }
})
