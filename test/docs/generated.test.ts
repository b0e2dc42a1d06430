import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pagePaths, pageText } from '../../scripts/docs/pages.js'

test.each(pagePaths)('%s is what `npm run docs` makes of the code', async (path) => {
  expect(readFileSync(path, 'utf8')).toBe(await pageText(path))
})
