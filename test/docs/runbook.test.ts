import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exportErrors } from '../../src/domain/errors.js'

test('the runbook lists every error code, with whether it is tried again and when it alerts', () => {
  const rows = readFileSync('docs/runbook/README.md', 'utf8').matchAll(
    /^\| `([A-Z_]+)`\s*\| [^|]*\| (yes|no)[^|]*\| (at once|second attempt|never)/gm,
  )
  const listed = Array.from(rows, ([, code, again, alert]) => [code, { retryable: again === 'yes', alert }])
  const known = Object.entries(exportErrors).map(([code, { retryable, alert }]) => [code, { retryable, alert }])
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(known))
})

test('no error that is not tried again waits for a second attempt to be told', () => {
  const final = Object.values(exportErrors).filter(({ retryable }) => !retryable)
  const untold = final.filter(({ alert }) => !['at once', 'never'].includes(alert))
  expect(untold).toEqual([])
})
