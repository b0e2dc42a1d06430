import { readFile } from 'node:fs/promises'
import {
  getNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
  printSchema,
  validate,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { loadCatalog } from '../../src/catalog/load.js'
import type { Catalog, Entity } from '../../src/domain/entity.js'
import { buildExportSchema, printExportSchema } from '../../src/graphql/schema.js'
import { exampleOperations } from '../../src/http/example-operations.js'
import { createLogger } from '../../src/telemetry/logger.js'
import {
  fakeAudit,
  fakeDeliveries,
  fakeDeliveryTests,
  fakeIncidents,
  fakeLateness,
  fakeOperations,
  fakeRegistrations,
  fakeRuns,
  fakeSftpKeys,
} from '../support/api/fake-use-cases.js'
import { fakeEventFeed } from '../support/api/fake-event-feed.js'
import { fakeEmailRecipients } from '../support/api/fake-email.js'
import { fakeFetches } from '../support/api/fake-fetches.js'
import { fakeContracts } from '../support/api/fake-contracts.js'
import { fakePgpKeys } from '../support/api/fake-pgp-keys.js'
import { fakeWebhooks } from '../support/api/fake-webhooks.js'

const schemaOf = (catalog: Catalog): GraphQLSchema =>
  buildExportSchema({
    registrations: fakeRegistrations(catalog),
    runs: fakeRuns(catalog),
    deliveries: fakeDeliveries(),
    fetches: fakeFetches(),
    contracts: fakeContracts(catalog),
    deliveryTests: fakeDeliveryTests(),
    audit: fakeAudit(),
    sftpKeys: fakeSftpKeys(),
    pgpKeys: fakePgpKeys(),
    webhooks: fakeWebhooks(),
    emailRecipients: fakeEmailRecipients(),
    eventFeed: fakeEventFeed(),
    incidents: fakeIncidents(),
    lateness: fakeLateness(),
    operations: fakeOperations(),
    logger: createLogger({ level: 'silent' }),
  })
const docs = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
const catalog = await loadCatalog(undefined)

function entityNamesOf(schema: GraphQLSchema): string[] {
  const type = schema.getType('ExportEntityName')
  return isEnumType(type) ? type.getValues().map((value) => value.name) : []
}

const withDisplayNames = (...names: string[]): Catalog => ({
  entities: names.map((displayName, index) => ({
    ...(catalog.entities[index] as Entity),
    name: `internal_${index}`,
    displayName,
  })),
})

describe('the printed schema', () => {
  test('the printed schema is docs/schema.graphql, and `npx tsx scripts/print-schema.ts` updates it', async () => {
    expect(printExportSchema(catalog)).toBe(await docs('schema.graphql'))
  })

  test('the printed schema is that of the server', async () => {
    expect(`${printSchema(schemaOf(catalog))}\n`).toBe(await docs('schema.graphql'))
  })

  test('every type, field, argument and enum value of the schema has a description', () => {
    const undescribed = Object.values(schemaOf(catalog).getTypeMap())
      .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
      .flatMap((type) => {
        const fields = isObjectType(type) ? Object.values(type.getFields()) : []
        const args = fields.flatMap((field) =>
          field.args.map(({ name, description }) => ({ name: `${field.name}(${name})`, description })),
        )
        const inputs = isInputObjectType(type) ? Object.values(type.getFields()) : []
        const values = isEnumType(type) ? type.getValues() : []
        const isRoot = ['Query', 'Mutation', 'Subscription'].includes(type.name)
        const own = isRoot || type.description ? [] : [type.name]
        const parts = [...fields, ...args, ...inputs, ...values].filter((part) => !part.description?.trim())
        return [...own, ...parts.map((part) => `${type.name}.${part.name}`)]
      })
    expect(undescribed).toEqual([])
  })
})

describe('the types', () => {
  test('no type of the schema leads back to itself, so that depth needs no limit', () => {
    const schema = schemaOf(catalog)
    const walk = (type: GraphQLOutputType, above: readonly string[]): void => {
      const named = getNamedType(type)
      if (!isObjectType(named)) return
      const path = [...above, named.name]
      expect(above, path.join(' > ')).not.toContain(named.name)
      for (const field of Object.values(named.getFields())) walk(field.type, path)
    }
    for (const root of [schema.getQueryType(), schema.getMutationType()]) if (root) walk(root, [])
  })
})

describe('the enum of entity names', () => {
  test('the enum of entity names comes from the catalog, with the display name in each description', () => {
    const names = entityNamesOf(schemaOf(catalog))
    expect(names).toHaveLength(26)
    expect(names).toEqual(expect.arrayContaining(['USER', 'USER_LOGINS', 'MUST_READS', 'SURVEY_QUESTION_ANSWER_BANK']))
    const type = schemaOf(catalog).getType('ExportEntityName')
    const value = isEnumType(type) ? type.getValue('USER_LOGINS') : undefined
    expect(value).toMatchObject({ value: 'user_login_events', description: expect.stringMatching(/^user logins: ./) })
  })

  test('each schema has its own enum of entity names, also with several schemas in a process', () => {
    const first = schemaOf(withDisplayNames('orders', 'order lines'))
    const second = schemaOf(withDisplayNames('invoices'))
    expect(entityNamesOf(first)).toEqual(['ORDERS', 'ORDER_LINES'])
    expect(entityNamesOf(second)).toEqual(['INVOICES'])
    expect(entityNamesOf(schemaOf(catalog))).toHaveLength(26)
  })
})

describe('the example operations', () => {
  test('the example operations are valid', () => {
    expect(validate(schemaOf(catalog), parse(exampleOperations))).toEqual([])
  })

  test('the example operations cannot break out of the script of the landing page', () => {
    expect(exampleOperations).not.toContain('<')
  })
})
