interface Change {
  readonly schemaVersion: number
  readonly added: readonly { readonly name: string }[]
  readonly removed: readonly string[]
  readonly retyped: readonly { readonly name: string; readonly before: string; readonly after: string }[]
  readonly isReordered: boolean
}

/** What changed in the columns, in words. The first version is the form that the entity began with. */
export function schemaChangeWords({ schemaVersion, added, removed, retyped, isReordered }: Change): string {
  if (schemaVersion === 1) return `${added.length} columns`
  const words = [
    ...(added.length > 0 ? [`added ${added.map(({ name }) => name).join(', ')}`] : []),
    ...(removed.length > 0 ? [`left out ${removed.join(', ')}`] : []),
    ...retyped.map(({ name, before, after }) => `${name} is ${after} instead of ${before}`),
    ...(isReordered ? ['another order'] : []),
  ]
  return words.join('; ')
}
