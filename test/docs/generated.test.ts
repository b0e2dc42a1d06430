import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pageNames, pageText, pathOf } from '../../scripts/docs/pages.js'

test.each(pageNames)('the page %s is what `npm run docs` makes of the code', async (name) => {
  expect(readFileSync(pathOf(name), 'utf8')).toBe(await pageText(name))
})
