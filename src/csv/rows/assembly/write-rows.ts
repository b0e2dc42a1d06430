// AssemblyScript, not TypeScript: `npm run wasm` compiles it to ../wasm-bytes.ts. JavaScript takes 2 ns for each byte and 30 ns
// for each value, one byte after the other. This code handles sixteen bytes at a time.

/**
 * How a value is written: `t` and `f` as words; a time in UTC, and one without a zone, in ISO 8601; the others as they are.
 * ../wasm-format.ts has the same numbers.
 */
const BOOLEAN: u8 = 1
const TIME: u8 = 2
const DATE: u8 = 3
const LOCAL_TIME: u8 = 4
const NUMBER: u8 = 5
const TIME_OF_DAY: u8 = 6
/** This bit is set in the kind of a column once one of its values is unlike its type. */
const IRREGULAR: u8 = 0x80

const COMMA: u8 = 0x2c
const QUOTE: u8 = 0x22
const LINE_FEED: u8 = 0x0a
const CARRIAGE_RETURN: u8 = 0x0d
const BLANK: u8 = 0x20
const MINUS: u8 = 0x2d

/** The header of a DataRow message: its type, its length, and the number of its values. */
const HEADER_BYTES: usize = 7
const LENGTH_BYTES: usize = 4
const LANES: usize = 16

// '+00', 'true' and 'fals' as little-endian numbers.
const PLUS_00_LOW: u16 = 0x302b
const ZERO: u8 = 0x30
const TRUE: u32 = 0x65757274
const FALS: u32 = 0x736c6166
const BACKSLASH_DOT: u16 = 0x2e5c
const TWENTY_FOUR: u16 = 0x3432

/**
 * Writes whole DataRow messages as lines of CSV and returns the end of the output. The messages start at the address `input`,
 * the kinds of the columns, a byte each, at `kinds`. 16 bytes after the ends of input and output must be free.
 */
export function writeRows(input: usize, rows: i32, output: usize, kinds: usize, columns: usize, crlf: bool): usize {
  let from = input
  let to = output
  for (let row = 0; row < rows; row++) {
    // A row may have more values than are written, so the next row begins where the length says.
    const next = from + 1 + <usize>bswap(load<u32>(from + 1))
    from += HEADER_BYTES
    for (let column: usize = 0; column < columns; column++) {
      if (column > 0) store<u8>(to++, COMMA)
      const length = <i32>bswap(load<u32>(from))
      from += LENGTH_BYTES
      // NULL is an empty field.
      if (length < 0) continue
      to = writeValue(kinds + column, from, length, to)
      from += length
    }
    if (crlf) store<u8>(to++, CARRIAGE_RETURN)
    store<u8>(to++, LINE_FEED)
    from = next
  }
  return to
}

function writeValue(kindAt: usize, from: usize, length: usize, to: usize): usize {
  const kind = load<u8>(kindAt) & ~IRREGULAR
  if (kind == 0) return writeText(from, length, to)
  if (kind == BOOLEAN) return writeBoolean(from, to)
  if (!isRegular(kind, from, length)) store<u8>(kindAt, kind | IRREGULAR)
  if (kind == TIME && isInUtc(from, length)) return writeTime(from, length, to)
  if (kind == LOCAL_TIME && endsInDigit(from, length)) return writeLocalTime(from, length, to)
  return writeText(from, length, to)
}

/** Not `infinity`, nor a year before 1 or after 9999, nor `NaN`, nor `24:00:00`. */
function isRegular(kind: u8, from: usize, length: usize): bool {
  if (length == 0) return false
  if (kind == NUMBER) return isDigit(load<u8>(from)) || (load<u8>(from) == MINUS && isDigit(load<u8>(from + 1)))
  if (kind == DATE) return length == 10
  if (kind == TIME_OF_DAY) return load<u16>(from) != TWENTY_FOUR
  if (length < 19 || load<u8>(from + 10) != BLANK) return false
  return kind == TIME ? isInUtc(from, length) : endsInDigit(from, length)
}

function isDigit(sign: u8): bool {
  return sign >= ZERO && sign <= ZERO + 9
}

function endsInDigit(from: usize, length: usize): bool {
  return isDigit(load<u8>(from + length - 1))
}

function writeBoolean(from: usize, to: usize): usize {
  if (load<u8>(from) == 0x74) {
    store<u32>(to, TRUE)
    return to + 4
  }
  store<u32>(to, FALS)
  store<u8>(to + 4, 0x65)
  return to + 5
}

/** `infinity` and years before Christ do not end in `+00`, and have no form in ISO 8601 that all readers understand. */
function isInUtc(from: usize, length: usize): bool {
  return length >= 3 && load<u16>(from + length - 3) == PLUS_00_LOW && load<u8>(from + length - 1) == ZERO
}

function writeTime(from: usize, length: usize, to: usize): usize {
  const end = to + length - 3
  for (let done: usize = 0; done < length; done += LANES) v128.store(to + done, v128.load(from + done))
  // Most years have four digits.
  let blank = to + 10
  if (load<u8>(blank) != BLANK) for (blank = to; blank < end && load<u8>(blank) != BLANK;) blank++
  if (blank < end) store<u8>(blank, 0x54)
  store<u8>(end, 0x5a)
  return end + 1
}

function writeLocalTime(from: usize, length: usize, to: usize): usize {
  const end = to + length
  for (let done: usize = 0; done < length; done += LANES) v128.store(to + done, v128.load(from + done))
  for (let at = to; at < end; at++) {
    if (load<u8>(at) != BLANK) continue
    store<u8>(at, 0x54)
    break
  }
  return end
}

/** Copies the value, and starts again with quotes if the copy meets a byte that needs them. */
function writeText(from: usize, length: usize, to: usize): usize {
  // The empty string, because NULL is an empty field; and a lone `\.`, at which COPY would stop.
  if (length == 0 || (length == 2 && load<u16>(from) == BACKSLASH_DOT)) return writeQuoted(from, length, to)
  for (let done: usize = 0; done < length; done += LANES) {
    const bytes = v128.load(from + done)
    v128.store(to + done, bytes)
    const special = v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(COMMA)), i8x16.eq(bytes, i8x16.splat(QUOTE))),
      v128.or(i8x16.eq(bytes, i8x16.splat(LINE_FEED)), i8x16.eq(bytes, i8x16.splat(CARRIAGE_RETURN))),
    )
    if ((i8x16.bitmask(special) & lanesOf(length - done)) != 0) return writeQuoted(from, length, to)
  }
  return to + length
}

function writeQuoted(from: usize, length: usize, start: usize): usize {
  let to = start
  store<u8>(to++, QUOTE)
  for (let done: usize = 0; done < length;) {
    const bytes = v128.load(from + done)
    v128.store(to, bytes)
    const left = length - done
    const quotes = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(QUOTE))) & lanesOf(left)
    if (quotes == 0) {
      const copied = min(left, LANES)
      to += copied
      done += copied
    } else {
      const copied = <usize>ctz(quotes) + 1
      to += copied
      done += copied
      store<u8>(to++, QUOTE)
    }
  }
  store<u8>(to++, QUOTE)
  return to
}

/** The bits of the bytes, out of sixteen, that belong to the value. */
function lanesOf(left: usize): i32 {
  return left >= LANES ? 0xffff : (1 << (<i32>left)) - 1
}
