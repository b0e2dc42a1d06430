import { closest, distance } from 'fastest-levenshtein'
import type { Catalog } from '../../domain/entity.js'
import type { UserError } from '../user-error.js'

/** For each name that means no entity: the display name of the entity with the nearest display or internal name. */
export function suggestEntities(catalog: Catalog, unknown: readonly string[]): UserError['didYouMean'] {
  const names = catalog.entities.flatMap(({ name, displayName }): [string, string][] => [
    [spoken(name), displayName],
    [displayName, displayName],
  ])
  return suggestions(new Map(names), unknown)
}

/** For each of the unknown names: the nearest of the known ones. */
export function suggestNames(known: readonly string[], unknown: readonly string[]): UserError['didYouMean'] {
  return suggestions(new Map(known.map((name) => [spoken(name), name])), unknown)
}

function suggestions(names: ReadonlyMap<string, string>, unknown: readonly string[]): UserError['didYouMean'] {
  return unknown.flatMap((given) => {
    const suggestion = suggest(names, given)
    return suggestion === undefined ? [] : [{ given, suggestion }]
  })
}

/** No name is half as long. A longer text is near no name, and comparing it takes time. */
const longestGiven = 200

function suggest(names: ReadonlyMap<string, string>, given: string): string | undefined {
  if (given.length > longestGiven || names.size === 0) return undefined
  const asked = spoken(given)
  const nearest = closest(asked, [...names.keys()])
  return distance(asked, nearest) <= Math.max(2, Math.floor(asked.length / 3)) ? names.get(nearest) : undefined
}

function spoken(name: string): string {
  return name.replace(/[_-]+/g, ' ')
}
