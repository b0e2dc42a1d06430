import { isUuid } from './uuid.js'

/**
 * The mark of an SFTP server: a small file that names the installation that delivers to the server, and the server itself. A
 * new disk or another server lacks it.
 */
export interface ServerMark {
  /** The id of the installation. */
  readonly installation: string
  /** The id of the server. It changes when an operator accepts a server. */
  readonly server: string
}

/** What the database knows of the mark. */
export interface ServerRecord {
  readonly installation: string
  /** Null until the first server is marked. */
  readonly server: string | null
  /** Whether the mark was written to the server. */
  readonly isMarked: boolean
}

/** What is stored at the path of the mark. `unknown`: the server permits no reads. */
export type FoundMark = ServerMark | 'missing' | 'unknown'

/** The mark is larger than this only if somebody else wrote it. */
export const mostMarkBytes = 4096

/** In a shared root it is beside the folders of the tenants. No tenant has such a name. */
export function serverMarkPath(hiddenName: string, tenantId: string | null): string {
  // A server whose operator has chosen names without a dot may refuse such names.
  const name = hiddenName.startsWith('.') ? '.tidemark-server.json' : '_tidemark-server.json'
  return tenantId === null ? `/exports/${name}` : `/exports/${tenantId}/${name}`
}

export function serverMarkContent({ installation, server }: ServerMark): Buffer {
  return Buffer.from(`${JSON.stringify({ version: 1, installation, server })}\n`)
}

/** Content that is no mark counts as missing: the mark is written again where the files are those of the ledger. */
export function readServerMark(content: Buffer | undefined): ServerMark | 'missing' {
  if (!content) return 'missing'
  try {
    const { installation, server } = JSON.parse(content.toString()) as Partial<Record<keyof ServerMark, unknown>>
    if (typeof installation !== 'string' || typeof server !== 'string') return 'missing'
    return isUuid(installation) && isUuid(server) ? { installation, server } : 'missing'
  } catch {
    return 'missing'
  }
}

export const markVerdicts = {
  SAME_SERVER: 'The mark is the one on record.',
  UNKNOWN: 'The server permits no reads, so it is not known whether it is the same.',
  NOT_MARKED_YET: 'The mark was never written, or an operator has accepted the server.',
  MARK_MISSING: 'The mark was written, and is gone. The files of the ledger show whether the server is another one.',
  OTHER_SERVER: 'The mark is that of another server of this installation.',
  OTHER_INSTALLATION: 'The mark is that of another installation.',
} as const
export type MarkVerdict = keyof typeof markVerdicts

export function judgeMark(record: ServerRecord, found: FoundMark): MarkVerdict {
  if (found === 'unknown') return 'UNKNOWN'
  if (found !== 'missing' && found.installation !== record.installation) return 'OTHER_INSTALLATION'
  if (found !== 'missing' && found.server === record.server) return 'SAME_SERVER'
  if (!record.isMarked) return 'NOT_MARKED_YET'
  return found === 'missing' ? 'MARK_MISSING' : 'OTHER_SERVER'
}
