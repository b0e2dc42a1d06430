import { expect } from 'vitest'
import { indexPath } from '../../../../src/domain/delivery-path.js'
import type { FetchedFile } from '../../../../dev/demo/tenant-files.js'
import type { TestTenant } from '../../../support/world/tenant.js'

/** What was ever stored on the server, by what identifies it. */
export interface SeenNumbers {
  /** Looks at everything that the tenant has on the server now. @throws if a number names other content than before */
  look(): Promise<void>
}

interface NamedFile {
  readonly entity: string
  readonly hash: string
  readonly revision: number
  readonly sequence: number
  readonly redelivered: boolean
}

/** A number that was seen once names the same content later. */
export function seenNumbers(tenant: TestTenant): SeenNumbers {
  const seen = new Map<string, string>()
  const note = (name: string, content: string): void => {
    const before = seen.get(name)
    if (before !== undefined) expect(content, name).toBe(before)
    seen.set(name, content)
  }
  return {
    look: async () => {
      for (const file of await tenant.everything()) {
        if (file.path === indexPath(tenant.id)) noteIndex(file, note)
        if (file.path.endsWith('/datapackage.json')) noteManifest(file, note)
      }
    },
  }
}

type Note = (name: string, content: string) => void

function noteIndex({ content }: FetchedFile, note: Note): void {
  const index = JSON.parse(content.toString()) as { revision: number; days: { change: number }[] }
  note(`index ${index.revision}`, content.toString())
  for (const { change, ...day } of index.days) note(`change ${change}`, JSON.stringify(day))
}

function noteManifest({ path, content }: FetchedFile, note: Note): void {
  const manifest = JSON.parse(content.toString()) as { revision: number; resources: NamedFile[] }
  note(`${path} ${manifest.revision}`, content.toString())
  for (const { entity, hash, revision, sequence, redelivered } of manifest.resources) {
    note(`${path} ${entity} ${revision}`, hash)
    if (!redelivered) note(`${entity} ${sequence}`, `${path} ${hash}`)
  }
}
