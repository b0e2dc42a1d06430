import type { RegisterDataExportInput } from '../../gql/graphql'
import type { Setting, SettingsSource } from './settings/setting'

/** The value of each setting, by its id. */
export type Values = Readonly<Record<string, unknown>>

/** The registration that a draft began with. */
export interface Base {
  /** 0 if there is no registration yet. */
  readonly version: number
  readonly values: Values
}

/** What the user has chosen, and what it began with. */
export interface Draft {
  readonly base: Base
  readonly values: Values
}

/** The changes of one setting, as short sentences. */
export interface SettingChanges {
  readonly title: string
  readonly lines: readonly string[]
}

export function baseOf(
  settings: readonly Setting[],
  source: (SettingsSource & { readonly version: number }) | null | undefined,
): Base {
  return {
    version: source?.version ?? 0,
    values: source ? valuesOf(settings, source) : Object.fromEntries(settings.map(({ id, initial }) => [id, initial])),
  }
}

export function valuesOf(settings: readonly Setting[], source: SettingsSource): Values {
  return Object.fromEntries(settings.map(({ id, read }) => [id, read(source)]))
}

/** The whole input: a field that is left out would take its default. */
export function inputOf(settings: readonly Setting[], { base, values }: Draft): RegisterDataExportInput {
  const parts = settings.map(({ id, toInput }) => toInput(values[id]))
  return Object.assign({ expectedVersion: base.version }, ...parts) as RegisterDataExportInput
}

export function changesBetween(settings: readonly Setting[], before: Values, after: Values): readonly SettingChanges[] {
  return settings
    .map(({ id, title, changes }) => ({ title, lines: changes(before[id], after[id]) }))
    .filter(({ lines }) => lines.length > 0)
}

/** The values without names that the catalog no longer has, and those names. */
export function valuesInCatalog(
  settings: readonly Setting[],
  values: Values,
  names: readonly string[],
): { readonly values: Values; readonly left: readonly string[] } {
  const found = settings.map(({ id, inCatalog }) => ({
    id,
    ...(inCatalog?.(values[id], names) ?? { value: values[id], left: [] }),
  }))
  return {
    values: Object.fromEntries(found.map(({ id, value }) => [id, value])),
    left: found.flatMap(({ left }) => left),
  }
}

/** My changes on top of theirs, which become the new base. */
export function rebased(settings: readonly Setting[], { base, values }: Draft, theirs: Base): Draft {
  const merged = settings.map(({ id, merge }) => [
    id,
    merge({ base: base.values[id], mine: values[id], theirs: theirs.values[id] }),
  ])
  return { base: theirs, values: Object.fromEntries(merged) as Values }
}

/** The messages of the errors that belong to a setting. */
export function errorsOf(
  { inputFields }: Pick<Setting, 'inputFields'>,
  errors: readonly { readonly message: string; readonly path: readonly string[] }[],
): readonly string[] {
  return errors.filter(({ path }) => inputFields.includes(path[1] ?? '')).map(({ message }) => message)
}
