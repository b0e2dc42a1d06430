/**
 * Whether nobody on the way can change what a URL answers: it is https, or its host is this machine. For what the service
 * trusts with its tokens: keys that are fetched, and the address that clients are told.
 */
export function isSecureUrl(text: string): boolean {
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}
