import ssh2, { type PublicKeyAuthContext } from 'ssh2'

/**
 * Whether the offered key is the one of the line and, if the client has signed already, the signature is right.
 * Security keys (`sk-…`) never log in here, since ssh2 can't verify their signatures. OpenSSH's server accepts them.
 */
export function provesKey(login: PublicKeyAuthContext, line: string): boolean {
  const [type = '', base64 = ''] = line.split(' ')
  if (!Buffer.from(base64, 'base64').equals(login.key.data)) return false
  // The algorithm `ssh-rsa` signs with SHA-1. RSA keys log in with rsa-sha2-256 and rsa-sha2-512.
  if (type === 'ssh-rsa' && login.hashAlgo === undefined) return false
  const key = ssh2.utils.parseKey(line)
  if (key instanceof Error) return false
  // Without a signature the client only asks whether to try this key. This is not a login yet.
  if (!login.signature) return true
  if (login.blob === undefined) return false
  // ssh2 returns an error for a signature that it can't verify, although its types say boolean.
  const verdict: unknown = key.verify(login.blob, login.signature, login.hashAlgo)
  return verdict === true
}
