import { expect, test } from 'vitest'
import { allWindowsBytes, WriteLimits } from '../../src/sftp/write-limits.js'

const megabyte = 1024 * 1024

/** Measures a line on which that many megabytes are acknowledged in each second. */
function measured(roundTripMs: number, megabytesInSecond: number): WriteLimits {
  const limits = new WriteLimits(() => roundTripMs)
  for (let second = 0; second <= 2; second += 1) limits.measure(second * megabytesInSecond * megabyte, second * 1_000)
  return limits
}

test('a near server gets four channels and 10 MB under way, however fast it is', () => {
  for (const limits of [new WriteLimits(() => 1), measured(1, 100), measured(1, 1_000)]) {
    expect(limits.channels).toBe(4)
    expect(limits.bytes).toBe(allWindowsBytes)
  }
})

test.each([
  { roundTripMs: 50, channels: 4 },
  { roundTripMs: 150, channels: 10 },
  { roundTripMs: 1_000, channels: 16 },
])('before the rate is measured, $channels channels suit a round trip of $roundTripMs ms', (line) => {
  expect(new WriteLimits(() => line.roundTripMs).channels).toBe(line.channels)
})

test.each([
  { roundTripMs: 50, rate: 100, channels: 5, underWay: 10 },
  { roundTripMs: 50, rate: 160, channels: 7, underWay: 15 },
  { roundTripMs: 150, rate: 10, channels: 4, underWay: 10 },
  { roundTripMs: 150, rate: 100, channels: 13, underWay: 28.125 },
  { roundTripMs: 150, rate: 1_000, channels: 16, underWay: 40 },
])('at $rate MB/s, a round trip of $roundTripMs ms gets $channels channels and $underWay MB', (line) => {
  const limits = measured(line.roundTripMs, line.rate)
  expect(limits.channels).toBe(line.channels)
  expect(limits.bytes / megabyte).toBeCloseTo(line.underWay, 3)
})

test('a line that becomes slow holds fewer bytes', () => {
  const limits = measured(150, 100)
  limits.measure(200 * megabyte, 60_000)
  expect(limits.bytes).toBe(allWindowsBytes)
})
