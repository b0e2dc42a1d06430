import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'
import { GraphQLBigInt, GraphQLDateTimeISO } from 'graphql-scalars'

export const DateTime = new GraphQLScalarType<Date, Date | string>({
  ...GraphQLDateTimeISO.toConfig(),
  name: 'DateTime',
  description: 'A point in time as ISO 8601 in UTC, e.g. `2026-11-23T00:00:00.000Z`.',
})

export const BigInteger = new GraphQLScalarType<bigint | number, bigint | number | string>({
  ...GraphQLBigInt.toConfig(),
  description:
    'A whole number of any size. It is a JSON number up to 2^53 - 1, beyond which JSON readers would round it, ' +
    'and a string of digits from there on.',
  // The library's own does the same, but for a warning on the console that we could not switch off.
  serialize: (value) => {
    const integer = BigInt(value as bigint | number)
    return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer.toString()
  },
})

const shape = 'EntityList takes a list of names, ["user", "user logins"], or one string, "user, user logins".'

/** Looks at the shape only: which names are right, and what they mean, is for the use case to say. */
export const EntityList = new GraphQLScalarType<string | string[], string[]>({
  name: 'EntityList',
  description:
    'Names of entities, as a list, `["user", "user logins"]`, or as one comma-separated string, `"user, user logins"`. A ' +
    'name is a display name (`user logins`), an internal name (`user_login_events`) or a value of ExportEntityName ' +
    '(`USER_LOGINS`). Case, surplus blanks and repetitions do not matter. `exportEntities` lists the names.',
  serialize: (value) => (Array.isArray(value) ? value.map(String) : [String(value)]),
  parseValue: entityListOf,
  parseLiteral: (node) => entityListOf(plainValue(node), node),
})

function entityListOf(value: unknown, node?: ValueNode): string | string[] {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw new GraphQLError(shape, node ? { nodes: node } : {})
}

/** The strings and enum values of a literal; undefined stands for anything else. */
function plainValue(node: ValueNode): unknown {
  if (node.kind === Kind.STRING || node.kind === Kind.ENUM) return node.value
  return node.kind === Kind.LIST ? node.values.map(plainValue) : undefined
}
