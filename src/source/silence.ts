import { ExportError } from '../domain/errors.js'

/** The line to a server process that owes an answer. */
export interface Line {
  /** How long an answer may be awaited without a sign of life before the server is asked for one. */
  readonly silenceMs: number
  /** Bytes that have come so far. */
  bytesRead(): number
  /** Asks, over another connection, whether the process is at work on the answer; false where that can't be learnt. */
  isAtWork(): Promise<boolean>
}

/** One sign may be missed by chance: the process may be about to wait for us, or about to work. */
const missedSigns = 2

/**
 * The answer. Rejects with SOURCE_UNAVAILABLE where nothing comes and nothing can come any more: a line that went
 * silent is otherwise noticed by TCP alone, in minutes or hours. A process that works on the answer may take its time.
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
    `The line to the source went silent: nothing came for ${ms / 1000} s, and the server is not at work on the answer.`,
  )
}
