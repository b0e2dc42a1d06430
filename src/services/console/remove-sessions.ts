import type { ConsoleSessionStore } from '../../database/operations/console-session-store.js'
import type { WatchStep } from '../watch.js'

const everySeconds = 300

/** Removes console sessions that are over. They are refused without it. */
export function consoleSessionsStep(sessions: Pick<ConsoleSessionStore, 'removeOver'>, idleMinutes: number): WatchStep {
  return { name: 'console-sessions', everySeconds, run: () => sessions.removeOver(idleMinutes) }
}
