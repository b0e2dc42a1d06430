import { type ExportFrequency, exportFrequencies } from '../domain/calendar.js'
import {
  type Compression,
  compressions,
  type Delimiter,
  delimiters,
  type Quoting,
  quotings,
} from '../domain/file-format.js'
import { type ExportOption, exportOptions } from '../domain/registration.js'

/** The words of the REST contract for what the domain writes in capitals: `export selected`, `daily`. */
export interface Vocabulary<T extends string> {
  readonly words: readonly string[]
  wordFor(value: T): string
  /** Case and surplus blanks do not matter; undefined where the word is unknown. */
  valueOf(word: string): T | undefined
}

export const optionWords = vocabulary<ExportOption>(exportOptions)
export const frequencyWords = vocabulary<ExportFrequency>(exportFrequencies)
export const compressionWords = vocabulary<Compression>(compressions)
export const delimiterWords = vocabulary<Delimiter>(delimiters)
export const quotingWords = vocabulary<Quoting>(quotings)

function vocabulary<T extends string>(values: readonly T[]): Vocabulary<T> {
  const valueByWord = new Map(values.map((value) => [toWord(value), value]))
  return {
    words: [...valueByWord.keys()],
    wordFor: toWord,
    valueOf: (word) => valueByWord.get(word.trim().replace(/\s+/g, ' ').toLowerCase()),
  }
}

function toWord(value: string): string {
  return value.toLowerCase().replaceAll('_', ' ')
}
