import { describe, expect, test } from 'vitest'
import { isTenantId } from '../../src/domain/actor.js'
import { defaultHiddenName } from '../../src/domain/hidden-name.js'
import {
  type FoundMark,
  judgeMark,
  type MarkVerdict,
  readServerMark,
  serverMarkContent,
  serverMarkPath,
  type ServerRecord,
} from '../../src/domain/server-mark.js'

const installation = '0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a10'
const server = '0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a11'
const other = '0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a12'
const marked: ServerRecord = { installation, server, isMarked: true }
const unmarked: ServerRecord = { installation, server, isMarked: false }
const never: ServerRecord = { installation, server: null, isMarked: false }

test.each<{ record: ServerRecord; found: FoundMark; verdict: MarkVerdict; why: string }>([
  { record: marked, found: { installation, server }, verdict: 'SAME_SERVER', why: 'the mark is the one on record' },
  { record: unmarked, found: { installation, server }, verdict: 'SAME_SERVER', why: 'another worker wrote the mark' },
  { record: marked, found: 'unknown', verdict: 'UNKNOWN', why: 'the server permits no reads' },
  { record: never, found: 'missing', verdict: 'NOT_MARKED_YET', why: 'no server was ever marked' },
  { record: unmarked, found: { installation, server: other }, verdict: 'NOT_MARKED_YET', why: 'it was accepted' },
  { record: marked, found: 'missing', verdict: 'MARK_MISSING', why: 'the mark is gone' },
  {
    record: marked,
    found: { installation, server: other },
    verdict: 'OTHER_SERVER',
    why: 'the mark is of another server',
  },
  {
    record: marked,
    found: { installation: other, server },
    verdict: 'OTHER_INSTALLATION',
    why: 'another installation wrote it',
  },
  {
    record: never,
    found: { installation: other, server },
    verdict: 'OTHER_INSTALLATION',
    why: 'the server was never ours',
  },
])('a server is judged $verdict if $why', ({ record, found, verdict }) => {
  expect(judgeMark(record, found)).toBe(verdict)
})

describe('the file of the mark', () => {
  test('a mark is read as it was written', () => {
    expect(readServerMark(serverMarkContent({ installation, server }))).toEqual({ installation, server })
  })

  test.each([
    '',
    '{',
    'null',
    '[]',
    '{"installation":1,"server":2}',
    `{"installation":"${installation}","server":"x"}`,
  ])('content that is no mark counts as missing: %s', (text) => {
    expect(readServerMark(Buffer.from(text))).toBe('missing')
  })

  test('the mark is hidden where hidden names begin with a dot, and never has the name of a tenant', () => {
    expect(serverMarkPath(defaultHiddenName, null)).toBe('/exports/.tidemark-server.json')
    expect(serverMarkPath(defaultHiddenName, 'acme')).toBe('/exports/acme/.tidemark-server.json')
    expect(serverMarkPath('{name}.{id}.tmp', null)).toBe('/exports/_tidemark-server.json')
    for (const path of [serverMarkPath(defaultHiddenName, null), serverMarkPath('{name}.{id}.tmp', null)]) {
      expect(isTenantId(path.split('/')[2])).toBe(false)
    }
  })
})
