/** Values with a sentence on each of them: the one definition that types, GraphQL, REST and documents derive from. */
export type Described<T extends string = string> = Readonly<Record<T, string>>

/** The values alone, in the order of their definition. */
export function namesOf<T extends string>(values: Readonly<Record<T, unknown>>): readonly T[] {
  return Object.keys(values) as T[]
}

/** The sentences of definitions that have more than a sentence. */
export function meaningsOf<T extends string>(
  definitions: Readonly<Record<T, { readonly meaning: string }>>,
): Described<T> {
  return Object.fromEntries(namesOf(definitions).map((name) => [name, definitions[name].meaning])) as Described<T>
}
