import type { Catalog } from '../../domain/entity.js'
import { type UserError, userError } from '../user-error.js'
import { suggestEntities } from './suggest-entities.js'

export function entityListRequired(catalog: Catalog, path: readonly string[]): UserError {
  const message =
    'entityList must name at least one entity. To export everything, choose "export all" (EXPORT_ALL). ' +
    'To stop the export, choose "disable export" (DISABLE_EXPORT). Nothing was changed.'
  return userError('ENTITY_LIST_REQUIRED', message, path, { allowedValues: displayNames(catalog) })
}

/** At most this many unknown names are repeated, however many were sent. */
const mostNamesShown = 20

export function unknownEntities(catalog: Catalog, all: readonly string[], path: readonly string[]): UserError {
  const { shown, text } = namesShown(all)
  const didYouMean = suggestEntities(catalog, shown)
  const message =
    `No entity has ${all.length === 1 ? 'the name' : 'the names'} ${text}.${didYouMeanText(didYouMean)} ` +
    'Nothing was changed.'
  return userError('UNKNOWN_ENTITIES', message, path, { allowedValues: displayNames(catalog), didYouMean })
}

/** The names that an error repeats, and all names as its text. */
export function namesShown(all: readonly string[]): { readonly shown: readonly string[]; readonly text: string } {
  const shown = all.slice(0, mostNamesShown)
  const more = all.length > shown.length ? ` and ${all.length - shown.length} more` : ''
  return { shown, text: `${shown.map(quoted).join(', ')}${more}` }
}

/** A question that begins with a space; empty without suggestions. */
export function didYouMeanText(didYouMean: UserError['didYouMean']): string {
  const meant = didYouMean.map(({ given, suggestion }) => `${quoted(suggestion)} for ${quoted(given)}`)
  return meant.length > 0 ? ` Did you mean ${meant.join(', ')}?` : ''
}

function displayNames(catalog: Catalog): string[] {
  return catalog.entities.map((entity) => entity.displayName)
}

/** A name of the input, safe to print: it may contain anything and have any length. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name)
}
