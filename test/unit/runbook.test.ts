import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { exportErrors } from '../../src/domain/errors.js'

it('the runbook lists every error code, with whether it is tried again', () => {
  const rows = readFileSync('docs/runbook.md', 'utf8').matchAll(/^\| `([A-Z_]+)`\s*\| [^|]*\| (yes|no)/gm)
  const listed = Object.fromEntries(Array.from(rows, ([, code, again]) => [code, again === 'yes']))
  const known = Object.fromEntries(Object.entries(exportErrors).map(([code, { retryable }]) => [code, retryable]))
  expect(listed).toEqual(known)
})
