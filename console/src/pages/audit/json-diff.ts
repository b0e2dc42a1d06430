/** What changed between two JSON objects. */

export interface JsonChange {
  /** Where the value is: `fileFormat.compression`, `entities.user.active`. */
  readonly path: string
  /** The value as text. Undefined if it was not there. */
  readonly before: string | undefined
  readonly after: string | undefined
}

type Details = Readonly<Record<string, unknown>> | null | undefined

/** The values that differ, in the order of the objects. */
export function changesBetween(before: Details, after: Details): readonly JsonChange[] {
  const old = new Map(valuesIn(before ?? {}))
  const now = new Map(valuesIn(after ?? {}))
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }))
    .filter((change) => change.before !== change.after)
}

/** Every value in an object with its path. Items of a list that have a name are found by it, so that an added item changes one line. */
function valuesIn(value: unknown, path = ''): [string, string][] {
  if (!isObject(value)) return [[path, textOf(value)]]
  const entries = Array.isArray(value) ? value.map(namedItem) : Object.entries(value)
  if (entries.length === 0) return path === '' ? [] : [[path, Array.isArray(value) ? 'none' : '{}']]
  return entries.flatMap(([name, item]) => valuesIn(item, path === '' ? name : `${path}.${name}`))
}

function namedItem(item: unknown, index: number): [string, unknown] {
  if (!isObject(item)) return [String(index + 1), item]
  const { name, ...others } = item as Record<string, unknown>
  return typeof name === 'string' ? [name, others] : [String(index + 1), item]
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
