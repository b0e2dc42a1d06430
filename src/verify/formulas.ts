/**
 * What a spreadsheet takes for the beginning of a formula, with the wide forms of the same characters; and what would look
 * like an escaped value, so that taking off one apostrophe gives every value back.
 */
const formula = /^'*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/

/** The value as a file has it whose format escapes formulas. */
export function escapeFormulas(value: string): string {
  return formula.test(value) ? `'${value}` : value
}
