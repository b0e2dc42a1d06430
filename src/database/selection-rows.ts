import type { ColumnSelection, OptionalSelection } from '../domain/column-selection.js'
import type { Prisma } from '../generated/prisma/client.js'

/** A selection as Prisma writes it. NULL stands for all columns. */
export function selectionToRow(selection: OptionalSelection): { columnSelection?: Prisma.InputJsonObject } {
  return selection ? { columnSelection: { ...selection } } : {}
}

/** A selection from its JSON; nothing for all columns. */
export function selectionFromJson(json: unknown): { readonly columnSelection?: ColumnSelection } {
  return json ? { columnSelection: json as ColumnSelection } : {}
}
