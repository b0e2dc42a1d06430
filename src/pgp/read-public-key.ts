import type { Config, Key, Subkey } from 'openpgp'
import { type PgpKeyFacts, pgpKeyLimits, type PgpKeyProblem, pgpRsaBits, problemOfArmor } from '../domain/pgp-key.js'
import { type LoadedOpenpgp, loadOpenpgp } from './openpgp.js'
import { type Packet, packetTags, readPackets } from './packets.js'

export type ReadKey =
  { readonly ok: true; readonly value: PgpKeyFacts } | { readonly ok: false; readonly problem: PgpKeyProblem }

const wrong = (problem: PgpKeyProblem) => ({ ok: false, problem }) as const

/**
 * Reads an armored public key that files can be encrypted to at that time. The size, the packets and their number are checked
 * before openpgp parses them.
 */
export async function readPublicKey(text: string, now: Date): Promise<ReadKey> {
  const problem = problemOfArmor(text)
  if (problem) return wrong(problem)
  const openpgp = await loadOpenpgp()
  const bytes = await unarmored(openpgp, text)
  const packets = bytes && readPackets(bytes, pgpKeyLimits.packets)
  if (!bytes || !packets) return wrong('MALFORMED')
  const ofPackets = problemOfPackets(packets)
  if (ofPackets) return wrong(ofPackets)
  const key = await parsed(openpgp, bytes)
  if (!key) return wrong('MALFORMED')
  const ofKey = await problemOfKey(openpgp, key, now)
  return ofKey ? wrong(ofKey) : { ok: true, value: await factsOf(openpgp, key, now) }
}

async function unarmored({ pgp }: LoadedOpenpgp, text: string): Promise<Uint8Array | undefined> {
  try {
    const { data } = await pgp.unarmor(text.slice(text.indexOf('-----BEGIN PGP')))
    return data instanceof Uint8Array ? data : undefined
  } catch {
    return undefined
  }
}

function problemOfPackets(packets: readonly Packet[]): PgpKeyProblem | undefined {
  const count = (...tags: number[]): number => packets.filter(({ tag }) => tags.includes(tag)).length
  if (count(packetTags.secretKey, packetTags.secretSubkey) > 0) return 'PRIVATE_KEY'
  if (packets[0]?.tag !== packetTags.publicKey) return 'MALFORMED'
  if (count(packetTags.publicKey) > 1) return 'SEVERAL_KEYS'
  const isLarge =
    packets.length > pgpKeyLimits.packets ||
    count(packetTags.userId, packetTags.attribute) > pgpKeyLimits.userIds ||
    count(packetTags.publicSubkey) > pgpKeyLimits.subkeys ||
    packets.some(({ tag, body }) => tag === packetTags.userId && body.length > pgpKeyLimits.userIdBytes)
  if (isLarge) return 'TOO_LARGE'
  return packets[0].body[0] === 4 ? undefined : 'OTHER_VERSION'
}

async function parsed({ pgp, strict }: LoadedOpenpgp, bytes: Uint8Array): Promise<Key | undefined> {
  try {
    return await pgp.readKey({ binaryKey: bytes, config: strict })
  } catch {
    return undefined
  }
}

/** Accepts weak algorithms: with it, the reason of a refusal is found. */
const lenient = { minRSABits: 0, rejectPublicKeyAlgorithms: new Set<never>(), rejectCurves: new Set<never>() }

/** Of openpgp, null means that it does not matter when the key and its signatures begin and end. Its types lack it. */
const anyTime = null as unknown as Date

async function problemOfKey({ strict }: LoadedOpenpgp, key: Key, now: Date): Promise<PgpKeyProblem | undefined> {
  if (await succeeds(key.isRevoked(undefined, undefined, now, strict))) return 'REVOKED'
  const ofAlgorithms = problemOfAlgorithms(key)
  if (ofAlgorithms) return ofAlgorithms
  if (await can(key.getEncryptionKey(undefined, now, undefined, strict))) return undefined
  const isValid = await can(key.verifyPrimaryKey(now, undefined, strict))
  if (isValid && (await can(key.getEncryptionKey(undefined, now, undefined, { ...strict, ...lenient })))) {
    return 'WEAK_ALGORITHM'
  }
  if (await can(key.getEncryptionKey(undefined, anyTime, undefined, strict)))
    return key.getCreationTime() > now ? 'NOT_YET_VALID' : 'EXPIRED'
  if (!(await can(key.verifyPrimaryKey(anyTime, undefined, strict)))) return 'WEAK_ALGORITHM'
  return 'NO_ENCRYPTION_KEY'
}

/** Of the primary key, and of RSA subkeys: the longest one that could be chosen. */
function problemOfAlgorithms(key: Key): PgpKeyProblem | undefined {
  const infos = [key, ...key.getSubkeys()].map((each) => each.getAlgorithmInfo())
  const bits = infos.map((info) => info.bits ?? pgpRsaBits.least)
  if (infos[0]?.algorithm === 'dsa' || infos[0]?.algorithm === 'elgamal') return 'WEAK_ALGORITHM'
  if (infos.some((info) => info.algorithm.startsWith('rsa') && (info.bits ?? 0) > pgpRsaBits.most)) return 'LONG_RSA'
  if (infos[0]?.algorithm.startsWith('rsa') && (bits[0] ?? 0) < pgpRsaBits.least) return 'SHORT_RSA'
  const encrypting = infos.slice(1).filter((info) => info.algorithm.startsWith('rsa'))
  const areShort = encrypting.length > 0 && encrypting.every((info) => (info.bits ?? 0) < pgpRsaBits.least)
  return areShort && encrypting.length === infos.length - 1 ? 'SHORT_RSA' : undefined
}

async function can(question: Promise<unknown>): Promise<boolean> {
  return question.then(
    () => true,
    () => false,
  )
}

async function succeeds(question: Promise<boolean>): Promise<boolean> {
  return question.catch(() => false)
}

async function factsOf({ strict }: LoadedOpenpgp, key: Key, now: Date): Promise<PgpKeyFacts> {
  const { user } = await key.getPrimaryUser(now, undefined, strict)
  const encryptionKey = await key.getEncryptionKey(undefined, now, undefined, strict)
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    userId: inOneLine(user.userID?.userID ?? ''),
    algorithm: algorithmOf(encryptionKey),
    createdAt: key.getCreationTime(),
    expiresAt: await endOf(strict, key, now),
    armored: key.armor(strict),
  }
}

/** A user id may have any characters. It is shown to people. */
function inOneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .trim()
    .slice(0, 200)
}

function algorithmOf(key: Key | Subkey): string {
  const { algorithm, bits, curve } = key.getAlgorithmInfo()
  if (algorithm.startsWith('rsa')) return `RSA ${bits}`
  return [algorithm.toUpperCase(), curve?.replace(/Legacy$/, '')].filter((each) => each !== undefined).join(' ')
}

/** When no subkey can encrypt any more, or the primary key ends. Null if neither ends. */
async function endOf(strict: Config, key: Key, now: Date): Promise<Date | null> {
  const primary = time(await key.getExpirationTime(undefined, strict))
  let last = -Infinity
  for (const each of [key, ...key.getSubkeys()]) {
    const found = await key.getEncryptionKey(each.getKeyID(), now, undefined, strict).catch(() => undefined)
    if (!found) continue
    last = Math.max(last, found === key ? primary : time(await (found as Subkey).getExpirationTime(now, strict)))
  }
  const end = Math.min(primary, last)
  return Number.isFinite(end) ? new Date(end) : null
}

function time(end: Date | typeof Infinity | null): number {
  return end instanceof Date ? end.getTime() : end === null ? -Infinity : Infinity
}
