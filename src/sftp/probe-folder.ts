import { type DeliveryTestStep, skipped, type StepFinding, takeStep } from '../domain/delivery-test.js'
import { ExportError, isUnavailable } from '../domain/errors.js'
import type { Connection } from './connection.js'
import { makeFolder } from './folders.js'
import { kindOf } from './kind.js'
import { Operations } from './operations.js'
import { requireSafeFolders } from './safe-path.js'
import { sessionOn } from './session.js'
import type { ProbedFolder, SftpOptions, SftpSession } from './types.js'

/** How long removing what a failed step left may take. */
const tidyMs = 5_000

const content = Buffer.from('This file is a test of the delivery. It is removed at once.\n')

interface Connections {
  readonly connection: Connection
  /** Opens another one, if the first one has broken. */
  readonly open: (signal: AbortSignal) => Promise<Connection>
}

/** Writes, renames and removes a hidden file in the folder. After a failed step the file is removed, too. */
export async function probeFolder(
  connections: Connections,
  options: Pick<SftpOptions, 'root' | 'channels'>,
  where: ProbedFolder,
  signal: AbortSignal,
): Promise<DeliveryTestStep[]> {
  const { connection } = connections
  const operations = new Operations(connection, options.root, signal)
  const session = sessionOn(connection, options, signal)
  const [first, second] = where.paths
  const folder = await takeStep('SFTP_FOLDER', () => prepare(operations, session, where))
  if (folder.status === 'FAILED') return [folder, ...skipped('SFTP_WRITE', 'SFTP_RENAME', 'SFTP_REMOVE', 'SFTP_SPACE')]
  const steps = await inTurn([
    ['SFTP_WRITE', async () => void (await session.upload(first, chunks()))],
    ['SFTP_RENAME', () => session.replace(first, second, { isUploaded: true })],
    ['SFTP_REMOVE', () => remove(session, second)],
  ])
  if (steps.some(({ status }) => status !== 'OK')) await tidy(connections, options, where)
  const space = await takeStep('SFTP_SPACE', () => checkSpace(operations, where.folder))
  return [folder, ...steps, space]
}

async function* chunks(): AsyncGenerator<Buffer> {
  yield content
}

/** Creates the folder if it is missing, and removes what an interrupted test left in it. */
async function prepare(
  operations: Operations,
  session: SftpSession,
  { folder, paths, isStale }: ProbedFolder,
): Promise<undefined> {
  await requireSafeFolders(operations, paths[0])
  const place = operations.place(folder)
  if ((await kindOf(operations, place)) === 'missing') await makeFolder(operations, place)
  const names = await session.list(folder).catch(ignoreIfRefused)
  for (const name of names.filter(isStale)) await session.remove(`${folder}/${name}`)
}

/** A delivery lists no folder, so a server may refuse that. */
function ignoreIfRefused(error: unknown): string[] {
  if (isUnavailable(error) || !(error instanceof ExportError)) throw error
  return []
}

type NamedWork = readonly ['SFTP_WRITE' | 'SFTP_RENAME' | 'SFTP_REMOVE', () => Promise<void>]

/** After the first step that fails, the others are skipped. */
async function inTurn(works: readonly NamedWork[]): Promise<DeliveryTestStep[]> {
  const steps: DeliveryTestStep[] = []
  for (const [name, work] of works) {
    const isPossible = steps.every(({ status }) => status === 'OK')
    steps.push(...(isPossible ? [await takeStep(name, () => work().then(() => undefined))] : skipped(name)))
  }
  return steps
}

async function remove(session: SftpSession, path: string): Promise<void> {
  if (await session.remove(path)) return
  throw new ExportError('SFTP_PROTOCOL', `Removing ${path}: the file is gone already.`)
}

/** Removes the file under both names. What stays is removed by the next test. */
async function tidy(
  { connection, open }: Connections,
  options: Pick<SftpOptions, 'root' | 'channels'>,
  { paths }: ProbedFolder,
): Promise<void> {
  const soon = AbortSignal.timeout(tidyMs)
  const other = connection.down.aborted ? await open(soon).catch(() => undefined) : undefined
  const session = sessionOn(other ?? connection, options, soon)
  for (const path of paths) await session.remove(path).catch(() => undefined)
  await other?.close()
}

async function checkSpace(operations: Operations, folder: string): Promise<StepFinding> {
  const space = await operations.space(operations.place(folder))
  if (!space) return { status: 'SKIPPED', message: 'The server does not report its free space.' }
  if (space.isFull) return { status: 'FAILED', code: 'SFTP_NO_SPACE', message: `${sizeOf(space.bytes)} are free.` }
  return { status: 'OK', message: `${sizeOf(space.bytes)} are free.` }
}

function sizeOf(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`
}
