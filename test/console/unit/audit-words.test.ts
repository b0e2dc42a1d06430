import { expect, test } from 'vitest'
import { readAuditSearch } from '../../../console/src/pages/audit/audit-search'
import { originOf, runOf, sentenceOf } from '../../../console/src/pages/audit/audit-words'

type Event = Parameters<typeof sentenceOf>[0]

function event(action: Event['action'], rest: Partial<Event> = {}): Event {
  return {
    action,
    subject: 'ana',
    clientId: null,
    isOperator: false,
    address: null,
    target: null,
    after: null,
    ...rest,
  }
}

test.each([
  [event('REGISTRATION_REPLACED'), 'ana changed the settings.'],
  [event('SFTP_KEY_ADDED', { target: 'SHA256:x', after: { label: 'loader' } }), 'ana added an SFTP key: loader.'],
  [event('SFTP_KEY_REMOVED', { target: 'SHA256:x' }), 'ana removed an SFTP key: SHA256:x.'],
  [
    event('EXPORT_RESUMED', { after: { periods: 3 } }),
    'ana resumed the export: 3 missed periods get a file of their own.',
  ],
  [
    event('OPERATOR_ACCESS', { isOperator: true, subject: 'operator', target: 'mutation runDataExport' }),
    'An operator of the platform acted for this tenant: mutation runDataExport.',
  ],
  [event('EXPORT_PAUSED', { isOperator: true, subject: 'ops-7' }), 'The operator ops-7 paused the export.'],
  [
    event('ACCESS_DENIED', { target: 'exports:write', after: { named: 'globex', times: 4 } }),
    'ana was denied access: the token lacks the scope exports:write, the call named the tenant globex, 4 times.',
  ],
  [
    event('EMAIL_RECIPIENT_VERIFIED', { subject: 'the recipient', after: { email: 'b…@example.com' } }),
    'the recipient verified its address: b…@example.com.',
  ],
  [event('ACCESS_DENIED'), 'ana was denied access.'],
])('an event is a sentence (%#)', (given, sentence) => {
  expect(sentenceOf(given)).toBe(sentence)
})

test('an action of a later version is shown by its name', () => {
  const later = event('RUN_ADMIRED' as Event['action'])
  expect(sentenceOf(later)).toBe('ana did this: run admired.')
})

test('an event says from where the call came, if it is recorded', () => {
  expect(originOf(event('EXPORT_PAUSED', { address: '10.0.0.1', clientId: 'cli' }))).toBe(
    'from 10.0.0.1 with the client cli',
  )
  expect(originOf(event('EXPORT_PAUSED', { clientId: 'ana' }))).toBeUndefined()
  expect(originOf(event('EXPORT_PAUSED'))).toBeUndefined()
})

test('only the target of an event about a run leads to a run', () => {
  expect(runOf(event('RUN_CANCELLED', { target: 'id' }))).toBe('id')
  expect(runOf(event('SFTP_KEY_ADDED', { target: 'SHA256:x' }))).toBeUndefined()
  expect(runOf(event('FULL_LOAD_REQUESTED'))).toBeUndefined()
})

test('the address selects actions, and ignores what is none', () => {
  expect(readAuditSearch({ action: 'EXPORT_PAUSED,valueOf', before: 'c' })).toEqual({
    action: 'EXPORT_PAUSED',
    before: 'c',
  })
})
