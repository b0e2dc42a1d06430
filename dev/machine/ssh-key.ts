import ssh2 from 'ssh2'

/** An ed25519 key pair. `private` is in OpenSSH's file format; `public` is a line of `authorized_keys`. */
export interface SshKeyPair {
  readonly private: string
  readonly public: string
}

/**
 * Makes a key pair. ssh2 1.17 strips leading zero bytes from a public key, so that one pair in 256 is malformed. Such a
 * pair is discarded.
 */
export function generateSshKeyPair(): SshKeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519')
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair
  }
}
