import { BlockList, isIP } from 'node:net'

/** What the IANA registries of special-purpose addresses list, and the metadata services of clouds. */
const blockedV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // shared by carriers; Alibaba's metadata service
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // Azure's platform service
  ['169.254.0.0', 16], // link-local; metadata services
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments; Oracle's metadata service
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
]

/** Inside 2000::/3. Everything outside it is refused: loopback, mapped IPv4, NAT64, unique local, link-local, multicast. */
const blockedV6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // protocol assignments, such as Teredo
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which contains IPv4 addresses
  ['3fff::', 20], // documentation
]

const blocked = new BlockList()
for (const [network, bits] of blockedV4) blocked.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of blockedV6) blocked.addSubnet(network, bits, 'ipv6')
const global = new BlockList()
global.addSubnet('2000::', 3, 'ipv6')

/** Whether an IP address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !blocked.check(address, 'ipv4')
  if (version !== 6 || address.includes('%')) return false
  return global.check(address, 'ipv6') && !blocked.check(address, 'ipv6')
}
