import { expect, test } from 'vitest'
import { namesOf } from '../../../src/domain/described.js'
import { eventBody, eventTypes, isEventType } from '../../../src/domain/event.js'
import { eventDataSchemas, eventsSchema } from '../../../src/domain/events/schemas.js'

test('the body of an event has its envelope in a fixed order, and the data as it is stored', () => {
  const body = eventBody({
    id: '0f8fad5b-d9cb-469f-a165-70867728950e',
    tenantId: 'acme',
    number: 7,
    type: 'test',
    at: new Date('2026-11-24T00:00:00Z'),
    data: { message: 'This is a test event.', by: 'ada' },
  })
  expect(body).toBe(
    '{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","type":"test","version":1,"timestamp":"2026-11-24T00:00:00.000Z",' +
      '"number":7,"tenantId":"acme","data":{"message":"This is a test event.","by":"ada"}}',
  )
})

test('every type of event has a schema, and every field of a schema is required and described', () => {
  expect(Object.keys(eventDataSchemas)).toEqual(namesOf(eventTypes))
  const fieldsOf = (schema: object, path: string): string[] => {
    const {
      properties = {},
      required = [],
      items,
    } = schema as {
      readonly properties?: Record<string, { readonly description?: string }>
      readonly required?: readonly string[]
      readonly items?: object
    }
    const own = Object.entries(properties).flatMap(([name, field]) => {
      const at = `${path}.${name}`
      const isFine = field.description !== undefined && required.includes(name)
      return [...(isFine ? [] : [at]), ...fieldsOf(field, at)]
    })
    return [...own, ...(items ? fieldsOf(items, path) : [])]
  }
  expect(Object.entries(eventDataSchemas).flatMap(([type, schema]) => fieldsOf(schema, type))).toEqual([])
  expect(Object.keys(eventsSchema()['$defs'] as object)).toEqual(namesOf(eventTypes))
})

test('a name is a type of event only if it is listed', () => {
  expect(isEventType('export.failed')).toBe(true)
  expect(isEventType('toString')).toBe(false)
  expect(isEventType('export.FAILED')).toBe(false)
})
