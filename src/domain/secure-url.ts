/**
 * Whether responses of a URL cannot be changed on the network: it uses https, or its host is this machine. It is required of
 * the URL that keys are fetched from, and of the public URL of the service.
 */
export function isSecureUrl(text: string): boolean {
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

function isLoopback(hostname: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}
