import { buildSchema, isScalarType, isSpecifiedScalarType, parse, validate } from 'graphql'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync('docs/how-to/front-end.md', 'utf8')
const schema = buildSchema(readFileSync('docs/schema.graphql', 'utf8'))

test('the page for front ends gives a type to every scalar of the schema', () => {
  const scalars = Object.values(schema.getTypeMap())
    .filter((type) => isScalarType(type) && !isSpecifiedScalarType(type))
    .map(({ name }) => name)
  const config = page.slice(page.indexOf('scalars: {'), page.indexOf('export default config'))
  const typed = Array.from(config.matchAll(/^ +(\w+): '/gm), ([, name]) => name)
  const explained = Array.from(page.matchAll(/^\| `(\w+)` +\|/gm), ([, name]) => name)
  expect(scalars.length).toBeGreaterThan(0)
  expect(typed.toSorted()).toEqual(scalars.toSorted())
  expect(explained.toSorted()).toEqual(scalars.toSorted())
})

test('the operations of the page for front ends are valid', () => {
  const operations = Array.from(
    page.matchAll(/^(?:```graphql|const \w+ = gql`)\n([^`]+)^`/gm),
    ([, text]) => text ?? '',
  )
  expect(operations.length).toBeGreaterThan(0)
  for (const operation of operations) expect(validate(schema, parse(operation))).toEqual([])
})
