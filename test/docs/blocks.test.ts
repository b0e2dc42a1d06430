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
    'docker compose --profile observability up --detach --wait',
    'docker compose build',
    'docker compose build api worker',
    'docker compose down',
    `docker compose exec -T postgres sh -c 'pg_dump -U "$POSTGRES_USER" --format=custom tidemark' > tidemark.dump`,
    `docker compose exec -T postgres sh -c 'pg_restore -U "$POSTGRES_USER" -d postgres --clean --if-exists --create' < tidemark.dump`,
    'docker compose exec api cat /run/sftp/client/host-key-fingerprint',
    "docker compose exec postgres psql -U tidemark -c '\\password tidemark'",
    "docker compose exec postgres psql -U tidemark -c '\\password tidemark_app'",
    `docker compose exec postgres sh -c 'psql -U "$POSTGRES_USER" -d tidemark -c "\\password $POSTGRES_USER"'`,
    `docker compose exec postgres sh -c 'psql -U "$POSTGRES_USER" -d tidemark -c "\\password tidemark_app"'`,
    `docker compose exec worker node -e 'fetch("http://127.0.0.1:9464/metrics").then((answer) => answer.text()).then(console.log)'`,
    `docker compose exec worker node -e 'fetch("http://127.0.0.1:9465/readyz").then((answer) => answer.text()).then(console.log)'`,
    'docker compose exec worker node dist/src/bin/cli.js check-source',
    'docker compose exec worker node dist/src/bin/cli.js secrets rotate',
    'docker compose restart api',
    'docker compose restart sftp api',
    'docker compose run --rm --no-deps migrate node dist/src/bin/cli.js migrate --back-to 0.2.0',
    'docker compose run --rm --no-deps sftp-keys',
    'docker compose run --rm --no-deps sftp-keys rm -f /run/sftp/client/id_ed25519',
    'docker compose run --rm --no-deps sftp-keys rm -f /var/lib/tidemark-sftp/server/ssh_host_ed25519_key',
    'docker compose run --rm --no-deps worker node dist/src/bin/cli.js check-source',
    'docker compose stop api worker',
    'docker compose stop api worker sftp',
    'docker compose stop worker',
    'docker compose up --build --detach --wait',
    'docker compose up --detach --no-deps --wait api worker',
    'docker compose up --detach --wait',
    'docker compose up --detach --wait --scale worker=2',
    'docker compose up --detach --wait worker',
    'git checkout af468fc',
    'git checkout v0.2.0',
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
