import { exportFrequencies } from '../domain/calendar.js'
import { type Described, namesOf } from '../domain/described.js'
import { exportOptions } from '../domain/registration.js'
import { scheduleStates } from '../services/registrations/registration-view.js'

/** The words of the REST contract for what the domain writes in capitals: `export selected`, `daily`. */
export interface Vocabulary<T extends string = string> {
  readonly words: readonly string[]
  wordFor(value: T): string
  /** Case and surplus spaces do not matter. Undefined if the word is unknown. */
  valueOf(word: string): T | undefined
}

export const optionWords = vocabulary(exportOptions)
export const frequencyWords = vocabulary(exportFrequencies)
export const scheduleStateWords = vocabulary(scheduleStates)

export function vocabulary<T extends string>(values: Described<T>): Vocabulary<T> {
  const valueByWord = new Map(namesOf(values).map((value) => [toWord(value), value]))
  return {
    words: [...valueByWord.keys()],
    wordFor: toWord,
    valueOf: (word) => valueByWord.get(word.trim().replace(/\s+/g, ' ').toLowerCase()),
  }
}

function toWord(value: string): string {
  return value.toLowerCase().replaceAll('_', ' ')
}
