import { BlockList, isIP, isIPv6, SocketAddress } from 'node:net'

/**
 * An IP address in its canonical form, without the port or brackets that some proxies add: `203.0.113.7:51234` is
 * `203.0.113.7`, `[2001:DB8::1]:443` is `2001:db8::1`. Undefined if the text is not an address.
 */
export function canonicalAddress(text: string): string | undefined {
  const address = withoutPort(text.trim())
  const version = isIP(address)
  if (version === 0) return undefined
  if (version === 4) return address
  const canonical = new SocketAddress({ address: address.split('%', 1)[0] ?? '', family: 'ipv6' }).address
  const mapped = canonical.startsWith('::ffff:') ? canonical.slice('::ffff:'.length) : ''
  return isIP(mapped) === 4 ? mapped : canonical
}

/** The longest form is an IPv6 address with a zone, in brackets, with a port. */
const longestAddress = 100

function withoutPort(text: string): string {
  if (text.length > longestAddress) return ''
  const [, inBrackets, withPort] = /^\[([^\]]*)\](?::\d{1,5})?$|^([\d.]+):\d{1,5}$/.exec(text) ?? []
  return inBrackets ?? withPort ?? text
}

/** Whether an address belongs to one of the addresses and networks of a list, such as `10.0.0.1` or `fd00::/8`. */
export function memberOf(list: readonly string[]): (address: string) => boolean {
  const networks = new BlockList()
  for (const network of list) {
    const [address = '', bits] = network.split('/')
    if (bits === undefined) networks.addAddress(address, familyOf(address))
    else networks.addSubnet(address, Number(bits), familyOf(address))
  }
  return (address) => networks.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

/** The network by which requests are counted: an IPv4 address, or the /64 network of an IPv6 address, which one caller can have. */
export function networkOf(address: string): string {
  const canonical = canonicalAddress(address) ?? address
  if (!isIPv6(canonical)) return canonical
  const [before = '', after] = canonical.split('::')
  const groups = before === '' ? [] : before.split(':')
  const rest = after === undefined || after === '' ? [] : after.split(':')
  const zeros = after === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length)
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest]
  return `${all.slice(0, 4).join(':')}::/64`
}

/** Whether a host name or address, from the setting HOST or a Host header, is reachable only on this machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase()
  return name === 'localhost' || name === '[::1]' || host === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

/** The origins of pages on this machine, with any port. */
export const loopbackOrigin = /^https?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/
