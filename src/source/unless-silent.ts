import { ExportError } from '../domain/errors.js'

/** The connection to a server process that is to answer. */
export interface Line {
  /** How long to wait for bytes before asking whether the process still works. */
  readonly silenceMs: number
  /** The number of bytes received so far. */
  bytesRead(): number
  /** Asks over another connection whether the process works on the answer; false if there is no reply. */
  isAtWork(): Promise<boolean>
}

/** One check may fail by chance: the process may be just between waiting for us and working. */
const missedSigns = 2

/**
 * The answer, however long the process works on it. Rejects with SOURCE_UNAVAILABLE if no bytes arrive and the process does
 * not work. Without this, only TCP notices a dead connection, after minutes or hours.
 */
export async function unlessSilent<T>(answer: Promise<T>, line: Line): Promise<T> {
  let missed = 0
  let bytes = line.bytesRead()
  while (await isPending(answer, line.silenceMs)) {
    const alive = line.bytesRead() > bytes || (await line.isAtWork())
    bytes = line.bytesRead()
    missed = alive ? 0 : missed + 1
    if (missed === missedSigns) throw wentSilent(line.silenceMs * missedSigns)
  }
  return answer
}

function isPending(answer: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), ms)
    const settled = () => {
      clearTimeout(timer)
      resolve(false)
    }
    answer.then(settled, settled)
  })
}

function wentSilent(ms: number): ExportError {
  return new ExportError(
    'SOURCE_UNAVAILABLE',
    `The connection to the source went silent: no bytes arrived for ${ms / 1000} s, and the server process does not work on the answer.`,
  )
}
