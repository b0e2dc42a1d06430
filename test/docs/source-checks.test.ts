import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sourceWarnings } from '../../src/domain/source-finding.js'

const page = readFileSync('docs/reference/source-checks.md', 'utf8')

test('the page on the checks of the source lists every warning', () => {
  const warned = page.slice(page.indexOf('## What is warned of'), page.indexOf('## What no check can see'))
  const listed = Array.from(warned.matchAll(/^\| `(SOURCE_[A-Z_]+)`/gm), ([, code]) => code)
  expect(listed.toSorted()).toEqual(Object.keys(sourceWarnings).toSorted())
})
