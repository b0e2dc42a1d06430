import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { RateLimitedError } from '../domain/access.js'
import { networkOf } from './addresses.js'

export interface RateLimitOptions {
  /** Requests of one tenant in a minute; 0: as many as it likes. */
  readonly tenantPerMinute: number
  /** The same of one address, which is held to it before any token is looked at. */
  readonly addressPerMinute: number
  /** Calls of one tenant that write, in a minute. */
  readonly writesPerMinute: number
  /** Runs, full loads and redeliveries that one tenant asks for, in an hour. */
  readonly runsPerHour: number
}

/** What one process counts by itself: of several, each grants the whole number. */
export interface RateLimits {
  /** @throws RateLimitedError */
  admitAddress(address: string): Promise<void>
  /** @throws RateLimitedError */
  admitTenant(tenantId: string): Promise<void>
  /** @throws RateLimitedError */
  admitWrite(tenantId: string): Promise<void>
  /** @throws RateLimitedError */
  admitRun(tenantId: string): Promise<void>
  /** An address that showed a bad token has used up more than one request: guessing shall end soon. */
  noteBadToken(address: string): Promise<void>
}

const minuteSeconds = 60
const hourSeconds = 3600
/** What a bad token costs beside the request itself. */
const badTokenCost = 9

export function createRateLimits(options: RateLimitOptions): RateLimits {
  const tenants = limiter(options.tenantPerMinute, minuteSeconds)
  const addresses = limiter(options.addressPerMinute, minuteSeconds)
  const writes = limiter(options.writesPerMinute, minuteSeconds)
  const runs = limiter(options.runsPerHour, hourSeconds)
  return {
    admitAddress: (address) => admit(addresses, networkOf(address), 'requests of your address'),
    admitTenant: (tenantId) => admit(tenants, tenantId, 'requests of this tenant'),
    admitWrite: (tenantId) => admit(writes, tenantId, 'changes by this tenant'),
    admitRun: (tenantId) => admit(runs, tenantId, 'runs that this tenant asked for'),
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
