import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { RateLimitedError } from '../domain/access.js'
import { networkOf } from './addresses.js'

export interface RateLimitOptions {
  /** The maximum number of requests by one tenant per minute; 0 means no limit. */
  readonly tenantPerMinute: number
  /** The maximum number of requests by one address per minute. It is checked before any token. */
  readonly addressPerMinute: number
  /** The maximum number of changes by one tenant per minute. */
  readonly writesPerMinute: number
  /** The maximum number of runs, full loads and redeliveries that one tenant requests per hour. */
  readonly runsPerHour: number
}

/** Rate limits of one process. Each of several processes grants the whole number. */
export interface RateLimits {
  /** @throws RateLimitedError */
  admitAddress(address: string): Promise<void>
  /** @throws RateLimitedError */
  admitTenant(tenantId: string): Promise<void>
  /** @throws RateLimitedError */
  admitWrite(tenantId: string): Promise<void>
  /** @throws RateLimitedError */
  admitRun(tenantId: string): Promise<void>
  /** Counts a bad token as several requests of the address, so that guessing tokens soon ends. */
  noteBadToken(address: string): Promise<void>
}

const minuteSeconds = 60
const hourSeconds = 3600
/** The cost of a bad token, in addition to the request itself. */
const badTokenCost = 9

export function createRateLimits(options: RateLimitOptions): RateLimits {
  const tenants = limiter(options.tenantPerMinute, minuteSeconds)
  const addresses = limiter(options.addressPerMinute, minuteSeconds)
  const writes = limiter(options.writesPerMinute, minuteSeconds)
  const runs = limiter(options.runsPerHour, hourSeconds)
  return {
    admitAddress: (address) => admit(addresses, networkOf(address), 'requests from your address'),
    admitTenant: (tenantId) => admit(tenants, tenantId, 'requests by this tenant'),
    admitWrite: (tenantId) => admit(writes, tenantId, 'changes by this tenant'),
    admitRun: (tenantId) => admit(runs, tenantId, 'runs that this tenant requested'),
    noteBadToken: async (address) => void (await addresses?.penalty(networkOf(address), badTokenCost)),
  }
}

function limiter(points: number, seconds: number): RateLimiterMemory | undefined {
  return points > 0 ? new RateLimiterMemory({ points, duration: seconds }) : undefined
}

async function admit(limits: RateLimiterMemory | undefined, key: string, what: string): Promise<void> {
  try {
    await limits?.consume(key)
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    throw new RateLimitedError(
      Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
      `There were too many ${what} in a short time.`,
    )
  }
}
