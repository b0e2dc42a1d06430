import { AuthenticationError, RateLimitedError, StoppingError } from '../../domain/access.js'
import { type Actor, type Caller, type Operator, payerOf } from '../../domain/actor.js'

/** Something that stays open for a caller: a subscription, or a connection for subscriptions. */
export interface Open {
  /** Aborts when it must end. Its reason is an error, unless {@link close} was called. */
  readonly signal: AbortSignal
  /** A second call does nothing. */
  close(): void
}

/** Everything of one kind that is open in this process. */
export interface OpenOnes {
  /**
   * It ends when the token of the caller expires.
   * @throws RateLimitedError if the caller has too many open already; StoppingError after {@link endAll}
   */
  open(actor: Actor | Operator): Open
  /** The process stops: ends all, and refuses new ones. */
  endAll(): void
}

/** @param what for the message of a refusal, such as `subscriptions` */
export function openOnes(what: string, maxPerCaller: number): OpenOnes {
  const open = new Map<string, Set<AbortController>>()
  let isStopping = false
  return {
    open: (actor) => {
      if (isStopping) throw new StoppingError()
      const key = payerOf(actor)
      const own = open.get(key) ?? new Set()
      if (own.size >= maxPerCaller) {
        throw new RateLimitedError(retrySeconds, `This caller has ${own.size} open ${what}, which is the maximum.`)
      }
      const controller = new AbortController()
      const { signal } = controller
      open.set(key, own.add(controller))
      const stopClock = atExpiry(actor, () =>
        controller.abort(new AuthenticationError('invalid', 'The token has expired.')),
      )
      signal.addEventListener('abort', () => {
        stopClock()
        own.delete(controller)
        if (own.size === 0 && open.get(key) === own) open.delete(key)
      })
      return { signal, close: () => controller.abort(closed) }
    },
    endAll: () => {
      isStopping = true
      for (const controller of [...open.values()].flatMap((own) => [...own])) controller.abort(new StoppingError())
    },
  }
}

const closed = 'closed'
const retrySeconds = 5
/** The longest time of a timer, about 25 days. */
const longestMs = 2_147_483_647

function atExpiry({ validUntil }: Caller, end: () => void): () => void {
  if (!validUntil) return () => undefined
  const timer = setTimeout(end, Math.min(Math.max(0, validUntil.getTime() - Date.now()), longestMs))
  return () => clearTimeout(timer)
}
