/** The first delivery of an entity with a schema version. */
export interface SchemaVersion {
  readonly schemaVersion: number
  /** The columns of the file with their types, such as `code:string,score:number`. */
  readonly columns: string
  readonly sequence: number
  readonly revision: number
  readonly day: Date
  readonly path: string
  readonly publishedAt: Date
}

export interface SchemaColumn {
  readonly name: string
  readonly type: string
}

export interface RetypedColumn {
  readonly name: string
  readonly before: string
  readonly after: string
}

/** What changed with a schema version, compared with the one before it. The first version adds all its columns. */
export interface SchemaChange extends SchemaVersion {
  readonly added: readonly SchemaColumn[]
  /** Names. */
  readonly removed: readonly string[]
  readonly retyped: readonly RetypedColumn[]
  /** Whether columns that both versions have are in another order. */
  readonly isReordered: boolean
}

/** The changes of the columns of an entity. @param versions in their order */
export function schemaChanges(versions: readonly SchemaVersion[]): SchemaChange[] {
  return versions.map((version, index) => {
    const after = typesOf(version.columns)
    const before = typesOf(versions[index - 1]?.columns)
    return {
      ...version,
      added: [...after].flatMap(([name, type]) => (before.has(name) ? [] : [{ name, type }])),
      removed: [...before.keys()].filter((name) => !after.has(name)),
      retyped: [...after].flatMap(([name, type]) => {
        const earlier = before.get(name)
        return earlier === undefined || earlier === type ? [] : [{ name, before: earlier, after: type }]
      }),
      isReordered: commonNames(before, after).join() !== commonNames(after, before).join(),
    }
  })
}

/** In the order of the file. */
function typesOf(columns: string | undefined): ReadonlyMap<string, string> {
  const entries = columns?.split(',').map((column): [string, string] => {
    const [name = '', ...type] = column.split(':')
    return [name, type.join(':')]
  })
  return new Map(entries)
}

function commonNames(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  return [...one.keys()].filter((name) => other.has(name))
}
