import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'
import { GraphQLBigInt, GraphQLDate, GraphQLDateTimeISO } from 'graphql-scalars'

export const DateTime = new GraphQLScalarType<Date, Date | string>({
  ...GraphQLDateTimeISO.toConfig(),
  name: 'DateTime',
  description: 'A point in time in UTC, in the format ISO 8601, such as `2026-11-23T00:00:00.000Z`.',
})

export const CalendarDay = new GraphQLScalarType<Date, Date | string>({
  ...GraphQLDate.toConfig(),
  name: 'Date',
  description: 'A calendar day, in the format `YYYY-MM-DD`, such as `2026-11-23`.',
})

export const BigInteger = new GraphQLScalarType<bigint | number, bigint | number | string>({
  ...GraphQLBigInt.toConfig(),
  description:
    'A whole number of any size. Up to 2^53 - 1 it is a JSON number. A larger number is a string of digits, because ' +
    'JSON readers would round it.',
  // The library's own function does the same, and prints a warning on the console that cannot be turned off.
  serialize: (value) => {
    const integer = BigInt(value as bigint | number)
    return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer.toString()
  },
})

const shape =
  'EntityList takes a list of names, such as ["user", "user logins"], or one string, such as "user, user logins".'

/** Checks only the shape. The use case checks the names. */
export const EntityList = new GraphQLScalarType<string | string[], string[]>({
  name: 'EntityList',
  description:
    'Names of entities: a list such as `["user", "user logins"]`, or one string with commas such as `"user, user ' +
    'logins"`. A name is a display name (`user logins`), an internal name (`user_login_events`) or a value of ' +
    'ExportEntityName (`USER_LOGINS`). Case, extra spaces and repeated names do not matter. `exportEntities` lists ' +
    'the names.',
  serialize: (value) => (Array.isArray(value) ? value.map(String) : [String(value)]),
  parseValue: entityListOf,
  parseLiteral: (node) => entityListOf(plainValue(node), node),
})

function entityListOf(value: unknown, node?: ValueNode): string | string[] {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw new GraphQLError(shape, node ? { nodes: node } : {})
}

/** The strings and enum values of a literal. Anything else is undefined. */
function plainValue(node: ValueNode): unknown {
  if (node.kind === Kind.STRING || node.kind === Kind.ENUM) return node.value
  return node.kind === Kind.LIST ? node.values.map(plainValue) : undefined
}
