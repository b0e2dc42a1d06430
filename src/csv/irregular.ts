/** Hears of each column in which a value is not of its type's form: `infinity`, years before 1 and after 9999, `NaN`. */
export type NoteIrregular = (column: string) => void
