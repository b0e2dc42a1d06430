const lengthBytes = 4

/**
 * The strings of a blob, each after its length in four bytes, as SSH encodes keys and requests (RFC 4251, section 5).
 * Undefined if a length leads past the end.
 */
export function readSshStrings(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const strings: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    if (at + lengthBytes > bytes.length) return undefined
    const end = at + lengthBytes + view.getUint32(at)
    if (end > bytes.length) return undefined
    strings.push(bytes.subarray(at + lengthBytes, end))
    at = end
  }
  return strings
}

/** A string after its length, as `readSshStrings` reads it. */
export function writeSshString(bytes: Uint8Array): Uint8Array {
  const written = new Uint8Array(lengthBytes + bytes.length)
  new DataView(written.buffer).setUint32(0, bytes.length)
  written.set(bytes, lengthBytes)
  return written
}
