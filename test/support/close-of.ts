import type { EventEmitter } from 'node:events'

/** Resolves when a connection is gone, be it in order or by a reset, at which `events.once` would reject. */
export function closeOf(connection: EventEmitter): Promise<void> {
  return new Promise((resolve) => void connection.once('close', () => resolve()))
}
