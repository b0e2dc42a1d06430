import { createHash } from 'node:crypto'
import * as zlib from 'node:zlib'
import SftpClient from 'ssh2-sftp-client'
import type { TenantConnection } from '../connection-file.js'
import { sshFingerprint } from '../../src/domain/ssh-fingerprint.js'

/** A file as the tenant fetched it. */
export interface FetchedFile {
  readonly path: string
  readonly content: Buffer
}

/** What the demo reads of a manifest. */
export interface ManifestResource {
  readonly entity: string
  readonly path: string
  readonly bytes: number
  readonly rows: number
  readonly hash: string
  readonly compression?: 'gz' | 'zst'
  /** Of a file that was split: which of its parts, from 1, and how many there are. */
  readonly part?: number
  readonly parts?: number
  readonly mode: 'full' | 'delta'
  readonly window: { readonly from: string | null; readonly to: string }
  readonly revision: number
  readonly sequence: number
  readonly previous: number | null
  readonly redelivered: boolean
}

/** Fetches everything that the tenant can see, with the tenant's own account, trusting the pinned host key alone. */
export async function fetchTenantFiles({ sftp }: TenantConnection): Promise<FetchedFile[]> {
  if (!sftp) throw new Error('the demo needs the embedded SFTP server: leave SFTP_HOST unset')
  const client = new SftpClient()
  await client.connect({
    host: sftp.host,
    port: sftp.port,
    username: sftp.username,
    password: sftp.password,
    hostVerifier: (key: Buffer) => fingerprint(key) === sftp.hostKeyFingerprint,
  })
  try {
    return await fetchFolder(client, '/exports')
  } finally {
    await client.end()
  }
}

async function fetchFolder(client: SftpClient, folder: string): Promise<FetchedFile[]> {
  const files: FetchedFile[] = []
  const entries = await client.list(folder)
  for (const { name, type } of entries.toSorted((one, other) => one.name.localeCompare(other.name))) {
    const path = `${folder}/${name}`
    if (type === 'd') files.push(...(await fetchFolder(client, path)))
    else files.push({ path, content: (await client.get(path)) as Buffer })
  }
  return files
}

function fingerprint(key: Buffer): string {
  return sshFingerprint(createHash('sha256').update(key).digest('base64'))
}

/** A delivered file with what the day's manifest says of it. */
export interface Delivered {
  /** With its content as CSV, also where it is delivered compressed. */
  readonly file: FetchedFile
  readonly resource: ManifestResource
}

/**
 * The delivered CSV files, in the order in which they are to be loaded.
 * @throws where a manifest and the files beside it don't agree in names, sizes or checksums.
 */
export function deliveredFiles(files: readonly FetchedFile[]): Delivered[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const manifests = files.filter(({ path }) => path.endsWith('/datapackage.json'))
  const delivered = manifests.flatMap(({ path, content }) => {
    const folder = path.slice(0, path.lastIndexOf('/'))
    const { resources } = JSON.parse(content.toString()) as { resources: ManifestResource[] }
    return resources.map((resource) => ({
      resource,
      file: checked(byPath.get(`${folder}/${resource.path}`), resource),
    }))
  })
  const csvFiles = files.filter(({ path }) => /\/[^./][^/]*\.csv(\.gz|\.zst)?$/.test(path))
  if (delivered.length !== csvFiles.length) {
    throw new Error(`the manifests name ${delivered.length} files, but ${csvFiles.length} are there`)
  }
  return delivered.toSorted(
    (one, other) =>
      one.resource.window.to.localeCompare(other.resource.window.to) || one.file.path.localeCompare(other.file.path),
  )
}

function checked(file: FetchedFile | undefined, resource: ManifestResource): FetchedFile {
  if (!file) throw new Error(`the manifest names ${resource.path}, which is not there`)
  const hash = `sha256:${createHash('sha256').update(file.content).digest('hex')}`
  if (file.content.length !== resource.bytes || hash !== resource.hash) {
    throw new Error(`${file.path} is not what its manifest says: ${file.content.length} bytes, ${hash}`)
  }
  return { path: file.path, content: decompressed(file.content, resource) }
}

function decompressed(content: Buffer, { compression }: ManifestResource): Buffer {
  if (compression === undefined) return content
  if (compression === 'gz') return zlib.gunzipSync(content)
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (content: Buffer) => Buffer }
  if (zstdDecompressSync) return zstdDecompressSync(content)
  throw new Error('this Node can not read Zstandard')
}
