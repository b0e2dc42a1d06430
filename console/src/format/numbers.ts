/** Numbers as the reader's locale writes them. The API sends numbers above 2^53 as strings of digits. */
export type Count = number | string

const plain = new Intl.NumberFormat()
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })

export function formatNumber(value: Count): string {
  return plain.format(BigInt(value))
}

/** For axes and small places: `12.3K`. */
export function formatShort(value: Count): string {
  return short.format(BigInt(value))
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Bytes in units of 1,000, as `ls -h --si` and the API's limits count. */
export function formatBytes(value: Count): string {
  let size = Number(value)
  let unit = 0
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000
    unit += 1
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1
  return `${size.toLocaleString(undefined, { maximumFractionDigits: digits })} ${units[unit]}`
}

/** `1 file`, `3 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`
}
