import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { brokenLinks } from '../../scripts/links/check.js'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tidemark-links-'))
  writeFileSync(join(root, 'b.md'), '# What `it` is, and why?\n\n## Twice\n\n## Twice\n\n<a id="own"></a>\n')
})
afterAll(() => rmSync(root, { recursive: true }))

function check(markdown: string): string[] {
  writeFileSync(join(root, 'a.md'), markdown)
  return brokenLinks(root, ['a.md'])
}

test.each([
  '[x](b.md)',
  '[x](./b.md#what-it-is-and-why)',
  '[x](b.md#twice-1) and [y](b.md#own)',
  '# Here\n\n[x](#here)',
  '[x](https://example.com/none#none)',
  'the code `[x](none.md)`',
  '```md\n[x](none.md)\n```',
  '[x]: b.md "title"',
])('the check of links accepts: %s', (markdown) => {
  expect(check(markdown)).toEqual([])
})

test.each([
  ['one\n[x](none.md)', 'a.md:2: there is no file none.md'],
  ['![x](none.png)', 'a.md:1: there is no file none.png'],
  ['[x](../b.md)', 'a.md:1: there is no file ../b.md'],
  ['[x](b.md#nothing)', 'a.md:1: b.md has no heading #nothing'],
  ['[x](#nothing)', 'a.md:1: this file has no heading #nothing'],
  ['[x]: none.md', 'a.md:1: there is no file none.md'],
  ['```\n[x](none.md)\n```\n[x](none.md)', 'a.md:4: there is no file none.md'],
])('the check of links reports: %s', (markdown, problem) => {
  expect(check(markdown)).toEqual([problem])
})
