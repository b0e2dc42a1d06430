import { isIPv6 } from 'node:net'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { RateLimitedError } from '../domain/access.js'

export interface RateLimitOptions {
  /** Requests of one tenant in a minute; 0: as many as it likes. */
  readonly tenantPerMinute: number
  /** The same of one address, which is held to it before any token is looked at. */
  readonly addressPerMinute: number
}

/** What one process counts by itself: of several, each grants the whole number. */
export interface RateLimits {
  /** @throws RateLimitedError */
  admitAddress(address: string): Promise<void>
  /** @throws RateLimitedError */
  admitTenant(tenantId: string): Promise<void>
  /** An address that showed a bad token has used up more than one request: guessing shall end soon. */
  noteBadToken(address: string): Promise<void>
}

const minuteSeconds = 60
/** What a bad token costs beside the request itself. */
const badTokenCost = 9

export function createRateLimits({ tenantPerMinute, addressPerMinute }: RateLimitOptions): RateLimits {
  const tenants = limiter(tenantPerMinute)
  const addresses = limiter(addressPerMinute)
  return {
    admitAddress: async (address) => admit(addresses, networkOf(address), 'your address'),
    admitTenant: async (tenantId) => admit(tenants, tenantId, 'this tenant'),
    noteBadToken: async (address) => void (await addresses?.penalty(networkOf(address), badTokenCost)),
  }
}

function limiter(perMinute: number): RateLimiterMemory | undefined {
  return perMinute > 0 ? new RateLimiterMemory({ points: perMinute, duration: minuteSeconds }) : undefined
}

async function admit(limits: RateLimiterMemory | undefined, key: string, whose: string): Promise<void> {
  try {
    await limits?.consume(key)
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    throw new RateLimitedError(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)), whose)
  }
}

/** Whoever has one IPv6 address has the 2^64 of its network: they count as one. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [before = '', after] = address.split('::')
  const groups = before === '' ? [] : before.split(':')
  const rest = after === undefined || after === '' ? [] : after.split(':')
  const zeros = after === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length)
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest]
  const network = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
