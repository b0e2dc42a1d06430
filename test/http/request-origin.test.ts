import type { FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { canonicalAddress, isLoopback } from '../../src/http/addresses.js'
import { readOrigins } from '../../src/http/request-origin.js'

const markup = `<script>alert(1)</script>${'y'.repeat(3000)}`

test.each([
  ['203.0.113.7', '203.0.113.7'],
  [' 203.0.113.7 ', '203.0.113.7'],
  ['203.0.113.7:51234', '203.0.113.7'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['[2001:DB8:0:0::1]', '2001:db8::1'],
  ['2001:0DB8:0000::0001', '2001:db8::1'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::ffff:cb00:7107', '203.0.113.7'],
  ['fe80::1%eth0', 'fe80::1'],
])('the canonical form of %s is %s', (text, address) => {
  expect(canonicalAddress(text)).toBe(address)
})

test.each([
  '',
  'unknown',
  '_hidden',
  '203.0.113',
  '203.0.113.07',
  '203.0.113.7:',
  '[2001:db8::1',
  '1.2.3.4, 5.6.7.8',
  markup,
])('%j is not an address', (text) => {
  expect(canonicalAddress(text)).toBeUndefined()
})

test.each([
  // A proxy that appends the address, with a port or without.
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:51234', '203.0.113.7'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  // Only what trusted proxies have appended counts.
  ['198.51.100.1, 203.0.113.9:1, 127.0.0.1:80', '203.0.113.9'],
  ['198.51.100.1, 203.0.113.9', '203.0.113.9'],
  // What is no address ends the search: the proxy's own address counts.
  ['unknown', '127.0.0.1'],
  ['203.0.113.9, unknown', '127.0.0.1'],
  [markup, '127.0.0.1'],
  ['', '127.0.0.1'],
  ['203.0.113.9, 10.0.0.1', '203.0.113.9'],
])('X-Forwarded-For %j through a trusted proxy means %s', (forwarded, address) => {
  const originOf = readOrigins(['127.0.0.0/8', '10.0.0.1'])
  expect(originOf(aRequest('127.0.0.1', { 'x-forwarded-for': forwarded })).address).toBe(address)
  // As a server that listens on IPv6 as well sees the same proxy.
  expect(originOf(aRequest('::ffff:127.0.0.1', { 'x-forwarded-for': forwarded })).address).toBe(address)
})

test.each(['203.0.113.7', markup, undefined])('X-Forwarded-For %j of any other caller is ignored', (forwarded) => {
  const headers = { 'x-forwarded-for': forwarded, 'x-forwarded-proto': 'https' }
  expect(readOrigins(['10.0.0.1'])(aRequest('192.0.2.5', headers))).toEqual({ address: '192.0.2.5', protocol: 'http' })
})

test.each([
  ['https', 'https'],
  ['http', 'http'],
  ['javascript', 'http'],
  ['https, javascript', 'http'],
  [undefined, 'http'],
])('X-Forwarded-Proto %j through a trusted proxy means %s', (forwarded, protocol) => {
  expect(readOrigins(['127.0.0.1'])(aRequest('127.0.0.1', { 'x-forwarded-proto': forwarded })).protocol).toBe(protocol)
})

test.each(['127.0.0.1', '127.0.0.1:4000', '127.8.8.8', 'localhost', 'LocalHost:4000', '[::1]', '[::1]:4000', '::1'])(
  '%s means only this machine',
  (host) => {
    expect(isLoopback(host)).toBe(true)
  },
)

test.each([
  '',
  '0.0.0.0',
  '::',
  '[::]',
  'evil.example',
  'localhost.evil.example',
  '127.evil.example',
  '127.0.0.1.nip.io',
  '10.0.0.1',
])('%j means more than this machine', (host) => {
  expect(isLoopback(host)).toBe(false)
})

function aRequest(remoteAddress: string, headers: Record<string, string | undefined>): FastifyRequest {
  return { socket: { remoteAddress }, headers } as unknown as FastifyRequest
}
