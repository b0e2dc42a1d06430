import { describe, expect, test } from 'vitest'
import { networkOf } from '../../src/http/addresses.js'
import { createRateLimits } from '../../src/http/rate-limits.js'

describe('the network that an address is counted by', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:0:7::1', '2001:db8:0:7::/64'],
    ['2001:0db8:0000:0007:ffff:ffff:ffff:ffff', '2001:db8:0:7::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('the rate limit counts %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('rate limits', () => {
  test('a rate limit of 0 means no limit', async () => {
    const limits = createRateLimits({ tenantPerMinute: 0, addressPerMinute: 0, writesPerMinute: 0, runsPerHour: 0 })
    for (let asked = 0; asked < 1_000; asked++) {
      await limits.admitTenant('acme')
      await limits.admitWrite('acme')
      await limits.admitRun('acme')
      await limits.admitAddress('203.0.113.7')
      await limits.noteBadToken('203.0.113.7')
    }
    await expect(limits.admitTenant('acme')).resolves.toBeUndefined()
  })
})
