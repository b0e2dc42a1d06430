import { expect, test } from 'vitest'
import { asExportError, ExportError } from '../../src/domain/errors.js'

test('an error that is typed stays what it is', () => {
  const error = new ExportError('SFTP_NO_SPACE', 'full')
  expect(asExportError(error)).toBe(error)
})

test('an error that nobody expected shows its own words to nobody but the log: they may hold a value of a row', () => {
  const cause = new Error('invalid value: alice@example.com')
  const error = asExportError(cause)
  expect(error).toMatchObject({ code: 'INTERNAL', retryable: true, cause })
  expect(error.message).not.toContain('alice')
})
