import { closest, distance } from 'fastest-levenshtein'
import type { Catalog } from '../domain/entity.js'
import type { UserError } from './registrations.js'

/** For names that mean no entity, the nearest display name, which was probably meant. */
export function suggestEntities(catalog: Catalog, unknown: readonly string[]): UserError['didYouMean'] {
  return unknown.flatMap((given) => {
    const suggestion = suggest(catalog, given)
    return suggestion === undefined ? [] : [{ given, suggestion }]
  })
}

/** No display name is half as long: a longer text is near none, and comparing takes time. */
const longestGiven = 200

function suggest(catalog: Catalog, given: string): string | undefined {
  if (given.length > longestGiven) return undefined
  const spoken = given.replace(/[_-]+/g, ' ')
  const nearest = closest(
    spoken,
    catalog.entities.map((entity) => entity.displayName),
  )
  return distance(spoken, nearest) <= Math.max(2, Math.floor(spoken.length / 3)) ? nearest : undefined
}
