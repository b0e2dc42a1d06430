import { expect, test } from 'vitest'
import { asExportError, ExportError } from '../../src/domain/errors.js'

test('a typed error stays as it is', () => {
  const error = new ExportError('SFTP_NO_SPACE', 'full')
  expect(asExportError(error)).toBe(error)
})

test('only the log shows the text of an unexpected error, because it may contain a value of a row', () => {
  const cause = new Error('invalid value: alice@example.com')
  const error = asExportError(cause)
  expect(error).toMatchObject({ code: 'INTERNAL', retry: 'few', cause })
  expect(error.message).not.toContain('alice')
})
