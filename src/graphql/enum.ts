import { registerEnumType } from 'type-graphql'

/**
 * A GraphQL enum for a union of strings, given as the description of each of its values. GraphQL's names are the
 * strings in upper case.
 */
export function enumOf<T extends string>(
  name: string,
  description: string,
  values: Readonly<Record<T, string>>,
): Readonly<Record<string, string>> {
  const described = Object.entries<string>(values)
  const enumObject = Object.fromEntries(described.map(([value]) => [value.toUpperCase(), value]))
  const valuesConfig = Object.fromEntries(
    described.map(([value, text]) => [value.toUpperCase(), { description: text }]),
  )
  registerEnumType(enumObject, { name, description, valuesConfig })
  return enumObject
}
