import { expect, test } from 'vitest'
import { kindsInWords, withKind } from '../../../console/src/pages/email/email-words'

test('the kinds of email of a recipient are one phrase', () => {
  expect(kindsInWords(['DELIVERIES', 'PROBLEMS'])).toBe('Problems, deliveries')
  expect(kindsInWords(['CHANGES'])).toBe('Changes')
})

test('a kind of email is added and removed in the order of the form', () => {
  expect(withKind(['DELIVERIES'], 'PROBLEMS', true)).toEqual(['PROBLEMS', 'DELIVERIES'])
  expect(withKind(['PROBLEMS'], 'PROBLEMS', true)).toEqual(['PROBLEMS'])
  expect(withKind(['PROBLEMS', 'CHANGES'], 'PROBLEMS', false)).toEqual(['CHANGES'])
})
