import { createHash, randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TestTenant } from '../../../support/world/tenant.js'
import type { World } from '../../../support/world/world.js'
import type { State } from './axes.js'

/** Puts a tenant with one day of files into a state, as the owner of the tables and of the server's folder. */
export async function put(world: World, tenant: TestTenant, state: State): Promise<void> {
  const runId = await putRuns(world, tenant, state.run)
  if (state.claim !== 'none') await putClaim(world, tenant, runId, state)
  await putDay(world, tenant, state)
  await putIndex(world, tenant, state.index)
  await putWatermark(world, tenant, state.watermark)
  await putSchedule(world, tenant, state.schedule)
}

async function putRuns(world: World, { id }: TestTenant, state: State['run']): Promise<string> {
  const [runId, other] = [randomUUID(), randomUUID()]
  const first = state === 'ended' ? 'FAILED' : state === 'queued, never started' ? 'QUEUED' : 'RUNNING'
  const runs = [[runId, first], ...(state.startsWith('one running') ? [[other, 'QUEUED']] : [])]
  for (const [each, status] of runs) {
    await world.sql(
      `INSERT INTO tidemark.run (id, tenant_id, workflow_id, trigger, status, "to", day, registration_version, queued_at,
         started_at, finished_at, error_code, error_message)
       SELECT $1::uuid, tenant_id, 'export-' || tenant_id || '-' || $1::text, 'MANUAL', $2::tidemark.run_status,
         "to" + interval '1 hour', day + 1, 1, queued_at - interval '1 hour',
         CASE WHEN $2::text <> 'QUEUED' THEN queued_at END, CASE WHEN $2::text = 'FAILED' THEN queued_at END,
         CASE WHEN $2::text = 'FAILED' THEN 'RUN_LOST' END, CASE WHEN $2::text = 'FAILED' THEN 'lost' END
       FROM tidemark.run WHERE tenant_id = $3 AND status = 'SUCCEEDED' LIMIT 1`,
      [each, status, id],
    )
  }
  return runId
}

async function putClaim(world: World, tenant: TestTenant, runId: string, state: State): Promise<void> {
  const last = await lastFile(world, tenant)
  const path = last.path.replaceAll(last.folder, last.nextFolder)
  const hidden = join(dirname(path), `.user.csv.${randomUUID()}.part`)
  const content = Buffer.from(last.header)
  const hiddenOnRecord = state.intent === 'pending, temporary path gone' || state.claim === 'taken' ? [] : [hidden]
  await world.sql(
    `INSERT INTO tidemark.run_entity (run_id, entity, "to", day, tenant_id, status, mode, "from", base_snapshot,
       previous_sequence, previous_delivery_id, attempts, claim, hidden_paths)
     SELECT $1::uuid, 'user', "to" + interval '1 hour', day + 1, tenant_id, 'RUNNING', 'DELTA', "to", snapshot, sequence, id,
       1, $2::uuid, $3::text[]
     FROM tidemark.delivery WHERE id = $4`,
    [runId, randomUUID(), hiddenOnRecord, last.id],
  )
  if (state.intent === 'none') return
  await putIntent(world, { runId, follows: last.id, path, content })
  if (state.intent === 'pending, its claim gone') {
    await world.sql('DELETE FROM tidemark.run_entity WHERE run_id = $1', [runId])
  }
  await putFile(world, state.file, { path, hidden, content })
}

async function lastFile(world: World, tenant: TestTenant) {
  const [row] = await world.sql<{ id: string; path: string; day: string; next: string }>(
    `SELECT id, path, to_char(day, 'YYYY/MM/DD') AS day, to_char(day + 1, 'YYYY/MM/DD') AS next
     FROM tidemark.delivery WHERE tenant_id = $1 AND entity = 'user'`,
    [tenant.id],
  )
  const file = (await tenant.files()).find(({ path }) => path === row?.path)
  if (!row || !file) throw new Error(`${tenant.id} has no file of users`)
  const header = file.content.subarray(0, file.content.indexOf('\n') + 1).toString()
  return { ...row, folder: row.day, nextFolder: row.next, header }
}

/** Its window has no rows, so its file is only the header. */
async function putIntent(
  world: World,
  { runId, follows, path, content }: { runId: string; follows: string; path: string; content: Buffer },
): Promise<void> {
  await world.sql(
    `INSERT INTO tidemark.delivery
     SELECT (jsonb_populate_record(d, jsonb_build_object('id', $1::text, 'run_id', $2::text, 'day', (day + 1)::text, 'revision', 1,
       'sequence', sequence + 1, 'previous_sequence', sequence, 'path', $3::text, 'mode', 'DELTA', 'full_load_reason', null,
       'from', "to", 'to', "to" + interval '1 hour', 'base_snapshot', snapshot, 'rows', 0, 'source_rows', 0,
       'bytes', $4::int, 'sha256', $5::text, 'published_at', null))).*
     FROM tidemark.delivery d WHERE id = $6`,
    [randomUUID(), runId, path, content.length, sha256(content), follows],
  )
}

async function putFile(
  world: World,
  state: State['file'],
  { path, hidden, content }: { path: string; hidden: string; content: Buffer },
): Promise<void> {
  if (state === 'absent') return
  const place = join(world.sftp.folder, state.startsWith('temporary') ? hidden : path)
  await mkdir(dirname(place), { recursive: true })
  const other = { 'final, other bytes': Buffer.from(content).fill('x'), 'temporary, cut short': content.subarray(3) }
  await writeFile(place, state in other ? other[state as keyof typeof other] : content)
}

async function putDay(world: World, { id }: TestTenant, { manifest, intent }: State): Promise<void> {
  const [day] = await world.sql<{ path: string }>('SELECT path FROM tidemark.manifest WHERE tenant_id = $1', [id])
  const set = (text: string) => world.sql(`UPDATE tidemark.manifest SET ${text} WHERE tenant_id = $1`, [id])
  if (manifest === 'pending') await set('pending = true')
  if (manifest === 'pending, other checksum') await set(`pending = true, sha256 = repeat('0', 64)`)
  if (manifest === 'row gone') await world.sql('DELETE FROM tidemark.manifest WHERE tenant_id = $1', [id])
  if (manifest === 'file gone, pending') {
    await set('pending = true')
    await rm(join(world.sftp.folder, day?.path ?? ''))
  }
  if (intent === 'none') return
  await world.sql(
    `INSERT INTO tidemark.manifest (tenant_id, day, path, pending, changes)
     SELECT tenant_id, day, regexp_replace(path, '/user/.*', '/datapackage.json'), true, 1
     FROM tidemark.delivery WHERE tenant_id = $1 AND published_at IS NULL`,
    [id],
  )
}

async function putIndex(world: World, { id }: TestTenant, state: State['index']): Promise<void> {
  if (state === 'row gone') await world.sql('DELETE FROM tidemark.export_index WHERE tenant_id = $1', [id])
  if (state === 'reserved, not written') {
    await world.sql('UPDATE tidemark.export_index SET revision = revision + 1 WHERE tenant_id = $1', [id])
  }
  if (state !== 'file gone, due') return
  await world.sql('UPDATE tidemark.manifest SET indexed = false WHERE tenant_id = $1', [id])
  await rm(join(world.sftp.folder, 'exports', id, 'index.json'))
}

async function putWatermark(world: World, { id }: TestTenant, state: State['watermark']): Promise<void> {
  const set = (text: string) =>
    world.sql(`UPDATE tidemark.watermark SET ${text} WHERE tenant_id = $1 AND entity = 'user'`, [id])
  if (state === 'gone') await world.sql(`DELETE FROM tidemark.watermark WHERE tenant_id = $1 AND entity = 'user'`, [id])
  if (state === 'full load requested') await set('full_load_requested = true')
  if (state === 'ahead of its delivery') await set(`"to" = "to" + interval '2 hours'`)
  if (state === 'beyond now') await set(`"to" = now() + interval '400 days'`)
  if (state !== "at another entity's delivery") return
  const [other] = await world.sql<{ delivery_id: string }>(
    `DELETE FROM tidemark.watermark WHERE tenant_id = $1 AND entity = 'site' RETURNING delivery_id`,
    [id],
  )
  await set(`delivery_id = '${other?.delivery_id}'`)
}

async function putSchedule(world: World, { id }: TestTenant, state: State['schedule']): Promise<void> {
  if (state === 'applied') return
  await world.sql('UPDATE tidemark.registration SET scheduled_version = NULL WHERE tenant_id = $1', [id])
  if (state === 'gone, pending') await world.temporal.schedule.getHandle(`export-${id}`).delete()
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
