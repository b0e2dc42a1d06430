import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('React Aria adds a style element unless one has the id of console/index.html', () => {
  const source = readFileSync('node_modules/react-aria/dist/private/interactions/usePress.mjs', 'utf8')
  const [, name, id] = /const (\S*STYLE_ID) = '([^']+)'/.exec(source) ?? []
  expect(source).toContain(`ownerDocument.getElementById(${name})) return`)
  expect(readFileSync('console/index.html', 'utf8')).toContain(`id="${id}"`)
})
