import { afterAll, beforeAll, test } from 'vitest'
import { expectRefusal, type Refusal, refused } from './support/refusals.js'
import { type RunningApi, startRunningApi } from './support/running-api.js'

let api: RunningApi
beforeAll(async () => {
  api = await startRunningApi()
  await api.register()
})
afterAll(() => api[Symbol.asyncDispose]())

const times = (count: number, part: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => part(at)).join(' ')

test.each<[string, string, Refusal]>([
  [
    'a depth of 100',
    `{ ${times(100, () => '... on Query {')} __typename ${times(100, () => '}')} }`,
    refused('GRAPHQL_VALIDATION_FAILED', /a depth of 101; 20 is the most/),
  ],
  [
    'a depth of 100 by fields',
    `{ ${times(100, () => 'dataExport {')} version ${times(100, () => '}')} }`,
    refused('GRAPHQL_VALIDATION_FAILED', /\w/),
  ],
  [
    '1,000 aliases',
    `{ ${times(1_000, (at) => `a${at}: __typename`)} }`,
    refused('GRAPHQL_PARSE_FAILED', /more that 2000 tokens/),
  ],
  [
    '100 aliases',
    `{ ${times(100, (at) => `a${at}: __typename`)} }`,
    refused('GRAPHQL_VALIDATION_FAILED', /has 100 aliases; 50 is the most/),
  ],
  [
    '100 registrations in one document',
    `mutation { ${times(100, (at) => `a${at}: registerDataExport(input: {}) { userErrors { code } }`)} }`,
    refused('GRAPHQL_VALIDATION_FAILED', /has 100 aliases; 50 is the most/),
  ],
  [
    '10 registrations in one document',
    `mutation { ${times(10, (at) => `a${at}: registerDataExport(input: {}) { userErrors { code } }`)} }`,
    refused('OPERATION_TOO_LARGE', /a mutation counted as 11000; 100000 is the most/),
  ],
  [
    'fragments that spread each other 2^17 times',
    `{ dataExport { ...f0 } } ${times(17, (at) => `fragment f${at} on DataExport { ...f${at + 1} ...f${at + 1} }`)} fragment f17 on DataExport { version }`,
    refused('BAD_USER_INPUT', /maximum allowed number of nodes/),
  ],
  [
    'circular fragments',
    '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }',
    refused('GRAPHQL_VALIDATION_FAILED', /Cannot spread fragment "a" within itself/),
  ],
  [
    '10,000 directives',
    `{ __typename ${times(10_000, () => '@a')} }`,
    refused('GRAPHQL_PARSE_FAILED', /more that 2000 tokens/),
  ],
  ['900 directives', `{ __typename ${times(900, () => '@a')} }`, refused('GRAPHQL_VALIDATION_FAILED', /\w/)],
  [
    '30 good directives',
    `{ ${times(30, () => 'dataExport @include(if: true) { version }')} }`,
    refused('GRAPHQL_VALIDATION_FAILED', /has 30 directives; 20 is the most/),
  ],
  ['no operation', 'fragment a on Query { __typename }', refused('GRAPHQL_VALIDATION_FAILED', /\w/)],
  ['nonsense', '{{{', refused('GRAPHQL_PARSE_FAILED', /Syntax Error/)],
  [
    'the schema, where introspection is off',
    '{ __schema { types { name } } }',
    refused('GRAPHQL_VALIDATION_FAILED', /introspection is not allowed/i),
  ],
  [
    'a field that is nearly right',
    '{ dataExpor { version } }',
    refused('GRAPHQL_VALIDATION_FAILED', /^Cannot query field "dataExpor" on type "Query"\.$/),
  ],
  [
    'an argument that is nearly right',
    '{ dataExport(includeInactiv: true) { version } }',
    refused('GRAPHQL_VALIDATION_FAILED', /^Unknown argument "includeInactiv" on field "Query.dataExport"\.$/),
  ],
  [
    'an unknown enum value',
    'mutation { registerDataExport(input: { exportOption: EXPORT_AL }) { userErrors { code } } }',
    refused('GRAPHQL_VALIDATION_FAILED', /^Value "EXPORT_AL" does not exist in "ExportOption" enum\.$/),
  ],
  [
    'a wrong type',
    'mutation { registerDataExport(input: { exportOption: 7, frequency: [DAILY] }) { userErrors { code } } }',
    refused('GRAPHQL_VALIDATION_FAILED', /ExportOption/),
  ],
  [
    'a list of numbers as entity list',
    'mutation { registerDataExport(input: { entityList: [1, 2] }) { userErrors { code } } }',
    refused('GRAPHQL_VALIDATION_FAILED', /EntityList takes/),
  ],
])('a document with %s is refused and changes nothing', async (input, document, refusal) => {
  await expectRefusal(api, input, () => api.graphql(document), refusal)
})

test.each<[string, string, object, RegExp]>([
  [
    'an unknown enum value as a variable',
    'mutation ($option: ExportOption) { registerDataExport(input: { exportOption: $option }) { userErrors { code } } }',
    { option: 'EXPORT_AL' },
    /does not exist in "ExportOption" enum\.$/,
  ],
  [
    'a field that is nearly right in a variable',
    'mutation ($input: RegisterDataExportInput!) { registerDataExport(input: $input) { userErrors { code } } }',
    { input: { entityLis: 'user' } },
    /is not defined by type "RegisterDataExportInput"\.$/,
  ],
  [
    '__proto__ as a field of a variable',
    'mutation ($input: RegisterDataExportInput!) { registerDataExport(input: $input) { userErrors { code } } }',
    { input: { constructor: {} } },
    /\w/,
  ],
])('a document with %s is refused and changes nothing', async (input, document, variables, message) => {
  await expectRefusal(api, input, () => api.graphql(document, { variables }), refused('BAD_USER_INPUT', message))
})

const cursor = (text: string): string => Buffer.from(text).toString('base64url')
test.each<[string, string, string, RegExp]>([
  ['first: 99999999', 'first: 99999999', 'OPERATION_TOO_LARGE', /Ask for less/],
  ['first: 2147483648', 'first: 2147483648', 'GRAPHQL_VALIDATION_FAILED', /32-bit/],
  ['first: -1', 'first: -1', 'BAD_USER_INPUT', /A page has 1 to 100 items/],
  ['first: 0', 'first: 0', 'BAD_USER_INPUT', /A page has 1 to 100 items/],
  ['first: 101', 'first: 101', 'BAD_USER_INPUT', /A page has 1 to 100 items/],
  ['first: 1.5', 'first: 1.5', 'GRAPHQL_VALIDATION_FAILED', /Int cannot represent/],
  ['both first and last', 'first: 5, last: 5', 'BAD_USER_INPUT', /not both/],
  ['both after and before', `after: "${cursor('x')}", before: "${cursor('x')}"`, 'BAD_USER_INPUT', /not both/],
  ['a cursor that is empty', 'after: ""', 'BAD_USER_INPUT', /Pass a cursor that this API returned/],
  ['a cursor of another kind', `after: "${cursor('7')}"`, 'BAD_USER_INPUT', /Pass a cursor that this API returned/],
  [
    'a cursor with SQL',
    `after: "${cursor("2026-11-25T00:00:00.000Z ' OR 1=1 --")}"`,
    'BAD_USER_INPUT',
    /Pass a cursor that this API returned/,
  ],
  [
    'a cursor with a day that is none',
    `after: "${cursor(`2026-02-31T25:00:00.000Z ${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}`)}"`,
    'BAD_USER_INPUT',
    /Pass a cursor that this API returned/,
  ],
  ['a cursor of 100 KB', `after: "${'A'.repeat(100_000)}"`, 'BAD_USER_INPUT', /Pass a cursor that this API returned/],
])('a page that is asked for with %s is refused', async (input, args, code, message) => {
  for (const field of ['exportRuns', 'exportDeliveries']) {
    const document = `{ ${field}(${args}) { edges { cursor } } }`
    await expectRefusal(api, `${field}: ${input}`, () => api.graphql(document), refused(code, message))
  }
})
