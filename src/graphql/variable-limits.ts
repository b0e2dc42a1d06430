import { GraphQLError } from 'graphql'

/** The largest input of the schema has about ten fields. */
const most = { fields: 200, depth: 10 } as const

/**
 * Limits the number of fields and the depth of a request's variables. GraphQL reports each unknown field of a variable with
 * the whole value, so 200 KB of unknown fields would become gigabytes of messages.
 * @throws GraphQLError if the variables exceed a limit
 */
export function requireFewFields(variables: unknown): void {
  let fields = 0
  let level: unknown[] = [variables]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most.depth) throw tooLarge(`are nested more than ${most.depth} levels deep`)
    const objects = level.filter((value) => typeof value === 'object' && value !== null)
    for (const object of objects) fields += Array.isArray(object) ? 0 : Object.keys(object).length
    if (fields > most.fields) throw tooLarge(`have more than ${most.fields} fields`)
    level = objects.flatMap((object) => Object.values(object) as unknown[])
  }
}

function tooLarge(how: string): GraphQLError {
  const extensions = { code: 'OPERATION_TOO_LARGE', http: { status: 400 } }
  return new GraphQLError(`The variables ${how}. Send only the fields that the schema defines.`, { extensions })
}
