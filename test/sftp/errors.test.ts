import { expect, test } from 'vitest'
import { isAboutSpace, isMissing, isUnsupported } from '../../src/sftp/errors.js'

const answer = (code: number, message = '') => Object.assign(new Error(message), { code })

test.each([2, 10])('status %d says that there is nothing', (code) => {
  expect(isMissing(answer(code))).toBe(true)
})

test.each([3, 4, 8, 11])('status %d does not say that there is nothing', (code) => {
  expect(isMissing(answer(code))).toBe(false)
})

test.each([5, 8])('status %d says that a request is not known', (code) => {
  expect(isUnsupported(answer(code))).toBe(true)
})

test.each([
  [14, ''],
  [15, ''],
  [4, 'No space left on device'],
  [4, 'Disk quota exceeded'],
])('status %d with %j says that there is no room', (code, message) => {
  expect(isAboutSpace(answer(code, message))).toBe(true)
})

test.each([
  [4, 'Failure'],
  [3, 'no space'],
  [4, ''],
])('status %d with %j does not say that there is no room', (code, message) => {
  expect(isAboutSpace(answer(code, message))).toBe(false)
})

test('an error without a status, such as that of a lost connection, is none of these answers', () => {
  const lost = new Error('no space left on device')
  expect([isMissing(lost), isUnsupported(lost), isAboutSpace(lost)]).toEqual([false, false, false])
})
