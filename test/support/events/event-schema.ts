import { z } from 'zod'
import { namesOf } from '../../../src/domain/described.js'
import { type EventType, eventTypes, outsideEvent, type TenantEvent } from '../../../src/domain/event.js'
import { eventSchema, type JsonSchema } from '../../../src/domain/events/schemas.js'

type Schema = Parameters<typeof z.fromJSONSchema>[0]

/** The published schemas, without a place for fields that they do not name. */
const validators = new Map(
  namesOf(eventTypes).map((type) => [type, z.fromJSONSchema(closed(eventSchema(type)) as Schema)]),
)

/** A receiver takes unknown fields; here they would be fields that the reference does not describe. */
function closed(schema: JsonSchema): JsonSchema {
  const { properties, items, ...rest } = schema
  return {
    ...rest,
    ...(items !== undefined && { items: closed(items as JsonSchema) }),
    ...(properties !== undefined && {
      additionalProperties: false,
      properties: Object.fromEntries(
        Object.entries(properties as Record<string, JsonSchema>).map(([name, each]) => [name, closed(each)]),
      ),
    }),
  }
}

/** What of an event does not match the published schema of its type. Empty if it matches. */
export function schemaProblems(event: TenantEvent): string[] {
  const outside: unknown = JSON.parse(JSON.stringify(outsideEvent(event)))
  const found = validatorOf(event.type).safeParse(outside)
  return found.success
    ? []
    : found.error.issues.map(({ path, message }) => `${event.type} ${path.join('.')}: ${message}`)
}

function validatorOf(type: EventType): z.ZodType {
  const validator = validators.get(type)
  if (!validator) throw new Error(`there is no schema of ${type}`)
  return validator
}
