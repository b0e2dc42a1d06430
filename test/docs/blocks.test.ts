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

test('the commands of the tutorials and how-to guides that are not run are these', () => {
  const notRun = allBlocks('sh').filter(({ mark }) => mark.startsWith('not-run'))
  const commands = notRun.flatMap(({ text }) => text.split('\n').map((line) => line.trim()))
  // The image rehearsal (test/image) plays up, down and exec of docker compose.
  expect([...new Set(commands)].toSorted()).toEqual([
    'IMAGE_REHEARSAL=full npx vitest run --project image',
    'cp .env.example .env',
    'docker compose down',
    "docker compose exec postgres psql -U postgres -d tidemark -c '\\password tidemark_app'",
    "docker compose exec postgres psql -U tidemark -c '\\password tidemark'",
    "docker compose exec postgres psql -U tidemark -c '\\password tidemark_app'",
    'docker compose exec worker node dist/src/bin/cli.js check-source',
    'docker compose up --build --detach --wait',
    'docker compose up --detach --no-deps api worker',
    'docker compose up --detach --wait',
    'docker compose up --detach --wait --scale worker=2',
    'npm install',
  ])
})

test('the operations of the tutorials and how-to guides are valid', () => {
  const operations = allBlocks('graphql')
  expect(operations.length).toBeGreaterThan(0)
  for (const operation of operations) expect(validate(schema, parse(operation.text)), placeOf(operation)).toEqual([])
})

test('each block of SQL that is not run names the warehouse that it is for', () => {
  for (const block of allBlocks('sql')) expect(block.mark, placeOf(block)).toMatch(/^(snowflake|bigquery)$/)
})
