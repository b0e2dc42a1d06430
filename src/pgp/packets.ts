/** A packet of OpenPGP (RFC 9580, section 4.2): its tag and the bytes of its body. */
export interface Packet {
  readonly tag: number
  readonly body: Uint8Array
}

/** The tags that a key is judged by. */
export const packetTags = { secretKey: 5, publicKey: 6, secretSubkey: 7, userId: 13, publicSubkey: 14, attribute: 17 }

/**
 * The packets of a key, without reading their bodies. Undefined if a length does not fit, or if a packet has no definite length:
 * packets of keys always have one. It stops after `most` packets and one more.
 */
export function readPackets(bytes: Uint8Array, most: number): readonly Packet[] | undefined {
  const packets: Packet[] = []
  for (let at = 0; at < bytes.length && packets.length <= most;) {
    const header = headerAt(bytes, at)
    if (!header || header.end > bytes.length) return undefined
    packets.push({ tag: header.tag, body: bytes.subarray(header.begin, header.end) })
    at = header.end
  }
  return packets
}

interface Header {
  readonly tag: number
  readonly begin: number
  readonly end: number
}

function headerAt(bytes: Uint8Array, at: number): Header | undefined {
  const first = bytes[at] ?? 0
  if (first < 0x80) return undefined
  const isNew = (first & 0x40) !== 0
  const length = isNew ? newLength(bytes, at + 1) : oldLength(bytes, at + 1, first & 3)
  if (!length) return undefined
  const begin = at + 1 + length.bytes
  return { tag: isNew ? first & 0x3f : (first >> 2) & 0xf, begin, end: begin + length.value }
}

interface Length {
  readonly value: number
  readonly bytes: number
}

function newLength(bytes: Uint8Array, at: number): Length | undefined {
  const first = bytes[at] ?? 255
  if (first < 192) return { value: first, bytes: 1 }
  if (first < 224) return { value: ((first - 192) << 8) + (bytes[at + 1] ?? 0) + 192, bytes: 2 }
  return first === 255 ? { value: numberAt(bytes, at + 1, 4), bytes: 5 } : undefined
}

function oldLength(bytes: Uint8Array, at: number, type: number): Length | undefined {
  const size = [1, 2, 4][type]
  return size === undefined ? undefined : { value: numberAt(bytes, at, size), bytes: size }
}

function numberAt(bytes: Uint8Array, at: number, size: number): number {
  let number = 0
  for (let index = 0; index < size; index += 1) number = number * 256 + (bytes[at + index] ?? 0)
  return number
}
