import type { ServerConfig } from 'ssh2'

/**
 * The algorithms that the server offers, fast ciphers first. It offers none with SHA-1, no NIST curves and no MAC before
 * encryption. Finite-field Diffie-Hellman is missing because clients can use it to overload a server (CVE-2002-20001).
 * ChaCha20 is missing because of CVE-2023-48795, which affects clients without strict key exchange. ssh2 has no key
 * exchange that resists quantum computers.
 */
export const algorithms: NonNullable<ServerConfig['algorithms']> = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
  serverHostKey: ['ssh-ed25519'],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes256-ctr', 'aes192-ctr', 'aes128-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
  compress: ['none'],
}
