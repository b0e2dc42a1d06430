import { newKeyPair } from '../../../../dev/demo/pgp.js'
import type { PgpKey } from '../../../../src/domain/pgp-key.js'
import { readPublicKey } from '../../../../src/pgp/read-public-key.js'

/** The key that the stories' files are encrypted to. */
export interface StoryKey {
  readonly key: PgpKey
  /** The content of a file, which is decrypted once. */
  open(file: Buffer, sha256: string): Promise<Buffer>
}

export async function newStoryKey(): Promise<StoryKey> {
  const { publicKey, decrypt } = await newKeyPair('stories')
  const read = await readPublicKey(publicKey, new Date())
  if (!read.ok) throw new Error(read.problem)
  const opened = new Map<string, Promise<Buffer>>()
  return {
    key: { ...read.value, label: 'stories', addedAt: new Date(), addedBy: 'tester' },
    open: (file, sha256) => {
      const known = opened.get(sha256) ?? decrypt(file)
      opened.set(sha256, known)
      return known
    },
  }
}
