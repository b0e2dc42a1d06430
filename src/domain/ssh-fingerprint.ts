/** `SHA256:<base64 without padding>`, as `ssh-keygen -lf` prints it. @param sha256 of the key's blob, in base64 */
export function sshFingerprint(sha256: string): string {
  return `SHA256:${sha256.replace(/={1,2}$/, '')}`
}
