import type { ReactNode } from 'react'
import type { RegisterDataExportInput, RegistrationSettingsFragment, StateSettingsFragment } from '../../../gql/graphql'
import type { CatalogEntity } from '../catalog'

/** The settings of a registration, of now or of a former version. */
export type SettingsSource = Omit<RegistrationSettingsFragment, ' $fragmentName'> | StateSettingsFragment

export interface FormProps<Value> {
  readonly value: Value
  readonly onChange: (value: Value) => void
  /** The value in use. Undefined without a registration. */
  readonly saved: Value | undefined
  /** What the API refuses about the value. */
  readonly errors: readonly string[]
  readonly catalog: readonly CatalogEntity[]
  /** The next run times, as the API computes them from the whole draft. Undefined until it has answered. */
  readonly nextRunTimes: readonly string[] | undefined
}

/** One setting of a registration. */
export interface Setting<Value = unknown> {
  readonly id: string
  /** The place in the page; the smallest is first. */
  readonly order: number
  readonly title: string
  /** A sentence below the title. */
  readonly lead: string
  /** The value of a tenant that has not registered yet. */
  readonly initial: Value
  readonly read: (source: SettingsSource) => Value
  /** Its part of the input of `registerDataExport`. */
  readonly toInput: (value: Value) => Partial<RegisterDataExportInput>
  /** The names of the fields of the input whose errors belong here. */
  readonly inputFields: readonly string[]
  /** The value in a few words. */
  readonly summary: (value: Value) => string
  /** What differs, as short sentences; empty if both are equal. */
  readonly changes: (before: Value, after: Value) => readonly string[]
  /** Joins two changes of the same value: mine on top of theirs. */
  readonly merge: (change: { readonly base: Value; readonly mine: Value; readonly theirs: Value }) => Value
  /** The value without names that the catalog no longer has, and those names. Only for values that name entities. */
  readonly inCatalog?: (
    value: Value,
    names: readonly string[],
  ) => { readonly value: Value; readonly left: readonly string[] }
  readonly Form: (props: FormProps<Value>) => ReactNode
}

/** For values that can't be joined: mine, if I have changed it. */
export function mineIfChanged<Value>(isEqual: (one: Value, other: Value) => boolean): Setting<Value>['merge'] {
  return ({ base, mine, theirs }) => (isEqual(base, mine) ? theirs : mine)
}
