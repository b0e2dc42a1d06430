import { buildSchema, parse, validate } from 'graphql'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allBlocks, placeOf } from './pages.js'

const schema = buildSchema(readFileSync('docs/schema.graphql', 'utf8'))

test('each block of the tutorials and how-to guides that is not run says why', () => {
  for (const block of allBlocks('sh')) {
    expect(block.mark, placeOf(block)).toMatch(/^(|terminal|duckdb|not-run: [A-Za-z].+)$/)
  }
})

test('the operations of the tutorials and how-to guides are valid', () => {
  const operations = allBlocks('graphql')
  expect(operations.length).toBeGreaterThan(0)
  for (const operation of operations) expect(validate(schema, parse(operation.text)), placeOf(operation)).toEqual([])
})

test('blocks of SQL that are not run on a Postgres name the warehouse that they are for', () => {
  for (const block of allBlocks('sql'))
    expect(block.mark, placeOf(block)).toMatch(/^(postgres|snowflake|bigquery|duckdb)$/)
})
