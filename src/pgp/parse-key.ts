import type { Key } from 'openpgp'
import { loadOpenpgp } from './openpgp.js'

/** Parsed keys by their text: parsing and verifying one takes milliseconds, and a run writes many files. */
const parsed = new Map<string, Promise<Key>>()
const mostParsed = 100

export function parseKey(armored: string): Promise<Key> {
  const known = parsed.get(armored)
  if (known) return known
  if (parsed.size >= mostParsed) parsed.clear()
  const reading = read(armored)
  parsed.set(armored, reading)
  return reading
}

async function read(armored: string): Promise<Key> {
  const { pgp, strict } = await loadOpenpgp()
  return pgp.readKey({ armoredKey: armored, config: strict })
}
