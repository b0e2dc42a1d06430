import type { EventData } from '../event.js'

/** Reads the data of events, which an earlier release may have written with fewer fields. */

export function recordsIn(data: EventData, name: string): readonly EventData[] {
  const value = data[name]
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export function textIn(data: EventData, name: string): string | null {
  const value = data[name]
  return typeof value === 'string' ? value : null
}

export function numberIn(data: EventData, name: string): number {
  const value = data[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

/** The entities that the records of this field name, each once. */
export function entitiesIn(data: EventData, name: string): string[] {
  return [...new Set(recordsIn(data, name).flatMap((record) => textIn(record, 'entity') ?? []))]
}

function isRecord(value: unknown): value is EventData {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
