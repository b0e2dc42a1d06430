import { expect, test } from 'vitest'
import type { ActivityDependencies } from '../../activities/dependencies.js'
import { writeSnapshot } from '../../activities/write-window.js'
import { csvFiles } from '../../src/csv/csv-files.js'
import { ExportError } from '../../src/domain/errors.js'
import { defaultFileFormat } from '../../src/domain/file-format.js'
import type { Claim } from '../../src/domain/publication.js'
import type { Snapshot } from '../../src/source/source.js'
import { smallCatalog } from '../support/world/builders.js'

async function* noRows() {
  yield* []
}

/** Writes a file without rows, and returns what `store` got. */
async function write(openEncryptor: ActivityDependencies['openEncryptor']): Promise<Buffer> {
  const stored: Buffer[] = []
  const deps = { catalog: smallCatalog, lineEnd: '\n', csvFiles, openEncryptor, onStep: () => undefined }
  const claim = {
    tenantId: 'acme',
    entity: 'user',
    format: defaultFileFormat,
    encryption: { pgp: { publicKeys: null, sign: false } },
  }
  const snapshot = {
    blocks: noRows(),
    sourceRows: () => 0,
    types: null,
    snapshot: '',
    systemIdentifier: '',
    timeline: 1,
  }
  await writeSnapshot(
    deps as unknown as ActivityDependencies,
    claim as unknown as Claim,
    snapshot as unknown as Snapshot,
    async (files) => {
      const parts = []
      for await (const file of files) {
        for await (const chunk of file.chunks) stored.push(Buffer.from(chunk))
        parts.push({ path: 'x', ...file.totals(), sha256: file.sha256() })
      }
      return parts
    },
  )
  return Buffer.concat(stored)
}

/** An encoder that replaces each byte, so that plain text would be seen. */
const masking = () => ({
  write: async (piece: Buffer) => Buffer.alloc(piece.length, 0x2a),
  end: async () => Buffer.alloc(0),
  destroy: () => undefined,
  heldBack: () => 0,
  fitting: (room: number) => room,
})

test('a file is not accepted if a key was removed while it was written', async () => {
  const removed = new ExportError('PGP_KEYS_CHANGED', 'removed')
  const encryption = { recipients: ['A'], signedBy: null }
  const opened = { encryption, encrypt: masking, requireUnchanged: () => Promise.reject(removed) }
  await expect(write(async () => opened)).rejects.toBe(removed)
  const content = await write(async () => ({ ...opened, requireUnchanged: async () => undefined }))
  expect(content.every((byte) => byte === 0x2a)).toBe(true)
})

test('without a usable key nothing is written, in particular no plain text', async () => {
  const unusable = new ExportError('PGP_KEY_UNUSABLE', 'expired')
  await expect(write(() => Promise.reject(unusable))).rejects.toBe(unusable)
})
