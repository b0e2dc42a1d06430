import type { ServerConfig } from 'ssh2'

/**
 * What the server offers: nothing with SHA-1, no NIST curves, no MAC before encryption, no Diffie-Hellman over numbers,
 * which lets a client have the server work for nothing (CVE-2002-20001), and not the ChaCha20 cipher, which is open to
 * CVE-2023-48795 with clients of before strict key exchange. Fast ciphers first. Of exchanges that hold against quantum
 * computers ssh2 has none.
 */
export const algorithms: NonNullable<ServerConfig['algorithms']> = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
  serverHostKey: ['ssh-ed25519'],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes256-ctr', 'aes192-ctr', 'aes128-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
  compress: ['none'],
}
