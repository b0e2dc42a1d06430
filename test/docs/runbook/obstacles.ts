import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Environment } from '../../../src/config/env.js'
import { dayFolder } from '../../../src/domain/delivery-path.js'
import { ExportError, type ExportErrorCode } from '../../../src/domain/errors.js'
import { defaultHiddenName } from '../../../src/domain/hidden-name.js'
import { requirePast } from '../../../src/domain/window-end.js'
import type { OnStep } from '../../../src/domain/run-step.js'
import { type ServerMark, serverMarkContent, serverMarkPath } from '../../../src/domain/server-mark.js'
import type { Quirks } from '../../support/sftp/quirky-sftp.js'
import { type SftpPlace, startQuirkyPlace } from '../../support/sftp/sftp-place.js'
import type { TestTenant } from '../../support/world/tenant.js'
import type { World } from '../../support/world/world.js'

/** Something that lets a run fail, and how it is taken away. */
export interface Obstacle {
  /** SQL on the source: before the run, and after it. */
  readonly sql?: readonly [put: string, remove: string]
  /** Variables of the worker. */
  readonly environment?: Environment
  readonly quirks?: Quirks
  /** The mark of the server with the quirks, if it is not that of the first server; null for none. */
  readonly otherMark?: ServerMark | null
  /** What a step of the run fails with: for what no server at hand does. */
  readonly onStep?: OnStep
  readonly put?: (world: World, tenant: TestTenant) => Promise<void>
}

const fails = (code: ExportErrorCode, message: string): Obstacle => ({
  onStep: (step, { entity }) => {
    if (step === 'upload' && entity === 'site') throw new ExportError(code, message)
  },
})

const throwsInUpload: OnStep = (step, { entity }) => {
  if (step === 'upload' && entity === 'site') throw new TypeError('x is not a function')
}

/** A view takes the place of the table, with another definition of one column. */
const viewWith = (column: string, definition: string): readonly [string, string] => [
  `ALTER TABLE analytics.site RENAME TO site_rows;
   DO $$ BEGIN EXECUTE (SELECT 'CREATE VIEW analytics.site AS SELECT ' || string_agg(
       CASE column_name WHEN '${column}' THEN '${definition} AS ${column}' ELSE quote_ident(column_name) END,
       ', ' ORDER BY ordinal_position) || ' FROM analytics.site_rows'
     FROM information_schema.columns WHERE table_schema = 'analytics' AND table_name = 'site_rows'); END $$;
   GRANT SELECT ON analytics.site TO PUBLIC`,
  'DROP VIEW analytics.site; ALTER TABLE analytics.site_rows RENAME TO site',
]

export const renamedColumn = [
  'ALTER TABLE analytics.site RENAME COLUMN member_count TO members',
  'ALTER TABLE analytics.site RENAME COLUMN members TO member_count',
] as const

export const obstacles: Partial<Record<ExportErrorCode, Obstacle>> = {
  SOURCE_UNAVAILABLE: { environment: { SOURCE_DATABASE_URL: 'postgresql://reader:x@127.0.0.1:9/shop' } },
  SOURCE_SCHEMA_MISMATCH: { sql: renamedColumn },
  SOURCE_VALUE_INVALID: { sql: viewWith('member_count', '(1 / (member_count - member_count))') },
  SOURCE_ROWS_HIDDEN: {
    sql: [
      'ALTER TABLE analytics.site ENABLE ROW LEVEL SECURITY',
      'ALTER TABLE analytics.site DISABLE ROW LEVEL SECURITY',
    ],
  },
  SOURCE_ROWS_UNDECIDED: fails(
    'SOURCE_ROWS_UNDECIDED',
    'analytics.site: 4 rows have no updated_at (NULL), so no file would have them',
  ),
  SOURCE_CHANGES_UNTRACKED: {
    sql: [
      'ALTER TABLE analytics.site DISABLE TRIGGER record_change',
      'ALTER TABLE analytics.site ENABLE ALWAYS TRIGGER record_change',
    ],
  },
  SOURCE_FOREIGN_ROW: fails(
    'SOURCE_FOREIGN_ROW',
    'The source returned a row of another tenant than acme. Nothing was published. Use a tenant column that compares exactly.',
  ),
  SOURCE_ROWS_MISMATCH: fails(
    'SOURCE_ROWS_MISMATCH',
    'The file of site in run 0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a10 has 3 rows, but the source counts 4.',
  ),
  SOURCE_READ_TOO_LONG: fails(
    'SOURCE_READ_TOO_LONG',
    'Reading site of acme took longer than 360 minutes, the limit SOURCE_READ_LIMIT_MINUTES. Raise the limit if the table needs it.',
  ),
  SOURCE_CHANGED: fails(
    'SOURCE_CHANGED',
    'The source is 7571234567890123456, but the last file was read from 7560987654321098765.',
  ),
  CATALOG_DIFFERS: fails(
    'CATALOG_DIFFERS',
    'The catalog of this worker lacks the entity: site. A worker with another catalog planned the run. Give all workers the same CATALOG_FILE.',
  ),
  WINDOW_IN_FUTURE: {
    onStep: (step) => {
      if (step !== 'plan') return
      const clocks = { source: new Date('2026-11-26T21:00:00Z'), worker: new Date('2026-11-26T21:00:00Z') }
      requirePast(new Date('2026-11-27T00:00:00Z'), clocks)
    },
  },
  SFTP_UNAVAILABLE: { environment: { SFTP_PORT: '9' } },
  SFTP_HOST_KEY_MISMATCH: { environment: { SFTP_HOST_KEY_FINGERPRINT: `SHA256:${'A'.repeat(43)}` } },
  SFTP_AUTHENTICATION_FAILED: { environment: { SFTP_PASSWORD: 'an-earlier-password' } },
  SFTP_PERMISSION_DENIED: { quirks: { fullDisk: { status: 3, message: 'Permission denied' } } },
  SFTP_UNSAFE_PATH: {
    put: async (world, tenant) => {
      const inTheWay = join(world.sftp.folder, dayFolder(tenant.id, new Date()), 'site')
      await mkdir(dirname(inTheWay), { recursive: true })
      await writeFile(inTheWay, 'no folder')
    },
  },
  SFTP_FOLDER_MISSING: { environment: { SFTP_ROOT: '/tenants/{tenant}' } },
  SFTP_OTHER_INSTALLATION: { quirks: {}, otherMark: { installation: randomUUID(), server: randomUUID() } },
  SFTP_SERVER_REPLACED: { quirks: {}, otherMark: null },
  SFTP_NO_SPACE: { quirks: { fullDisk: { status: 4, message: 'No space left on device' } } },
  SFTP_VERIFICATION_FAILED: fails(
    'SFTP_VERIFICATION_FAILED',
    'Uploading /exports/acme/2026/11/27/site/.site.csv.0199a1c2-7f7e-7e7f-8d3c-5b0f4f3f2a10.part on sftp.example.com:22: sent 812 bytes, but the file on the server has 512 bytes.',
  ),
  SFTP_PROTOCOL: { quirks: { fullDisk: { status: 4, message: 'Failure' } } },
  FILE_FORMAT_UNSUPPORTED: fails(
    'FILE_FORMAT_UNSUPPORTED',
    'The file format requires ZSTD, and this worker runs on Node 20.19.0. Upgrade it to 22.15 or later.',
  ),
  PGP_KEY_UNUSABLE: fails(
    'PGP_KEY_UNUSABLE',
    "The file can't be encrypted: the PGP key 3AA5C34371567BD2EFC2A9D6C9F1D4D5B0F4F3F2 has expired on 2026-11-26T00:00:00.000Z. The tenant must add a valid key with addPgpKey, and remove the other one with removePgpKey.",
  ),
  PGP_KEYS_CHANGED: fails(
    'PGP_KEYS_CHANGED',
    'acme removed the PGP key 3AA5C34371567BD2EFC2A9D6C9F1D4D5B0F4F3F2 while a file was encrypted to it. The next attempt uses the keys that are left.',
  ),
  PGP_SIGNING_KEY_UNUSABLE: fails(
    'PGP_SIGNING_KEY_UNUSABLE',
    "The file can't be signed: PGP_SIGNING_KEY is not set. Set PGP_SIGNING_KEY to a valid private key, and restart the workers.",
  ),
  INTERNAL: { onStep: throwsInUpload },
}

/** The server with the habits of the obstacle, if it has any. */
export async function serverOf(
  { quirks, otherMark }: Obstacle,
  { folder, sftp }: World,
): Promise<SftpPlace | undefined> {
  if (!quirks) return undefined
  const place = await startQuirkyPlace(quirks)(join(folder, randomUUID()))
  const path = serverMarkPath(defaultHiddenName, null)
  const mark = otherMark ? serverMarkContent(otherMark) : await readFile(join(sftp.folder, path))
  await mkdir(join(place.folder, dirname(path)))
  if (otherMark !== null) await writeFile(join(place.folder, path), mark)
  return place
}
