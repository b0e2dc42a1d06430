/** Values with a sentence on each of them: the one definition that types, GraphQL, REST and documents derive from. */
export type Described<T extends string = string> = Readonly<Record<T, string>>

/** The values alone, in the order of their definition. */
export function namesOf<T extends string>(values: Readonly<Record<T, unknown>>): readonly T[] {
  return Object.keys(values) as T[]
}
