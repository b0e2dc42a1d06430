import type { Column } from '../../src/domain/entity.js'
import type { Job } from './job.js'

/**
 * What an engineer would script: psql's COPY into ssh's cat. The bytes are those of our file. `synced` waits until they are
 * on the server's disk, as we do.
 */
export function scriptCommand(job: Job, synced: boolean): { command: string; args: string[] } {
  const { schema, name } = job.entity.table
  const columns = job.entity.columns.map(columnExpression).join(', ')
  const query = `SELECT ${columns} FROM "${schema}"."${name}" WHERE "${job.entity.tenantColumn}" = '${job.tenantId}' AND "${job.entity.updatedAtColumn}" < '${job.to}'`
  const copy = `COPY (${query}) TO STDOUT (FORMAT csv, HEADER)`
  const ssh = [
    ...['ssh', '-i', job.privateKeyFile, '-p', String(job.sftp.port), '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR'],
    ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'IdentitiesOnly=yes'],
    `${job.sftp.username}@${job.sftp.host}`,
  ]
  const pipe = `set -o pipefail; PGOPTIONS="-c TimeZone=UTC -c jit=off" psql -qX "$1" -c "$2" | ${ssh.join(' ')} "cat > '$3'${synced ? " && sync '$3'" : ''}"`
  return { command: 'bash', args: ['-c', pipe, 'script', job.sourceUrl, copy, `${job.sftp.root}${job.path}`] }
}

/** Times in ISO 8601, true and false in full: all else is the same in COPY. */
export function columnExpression({ name, type }: Column): string {
  if (type === 'boolean') return `"${name}"::text AS "${name}"`
  if (type === 'datetime') return `replace(replace("${name}"::text, ' ', 'T'), '+00', 'Z') AS "${name}"`
  return `"${name}"`
}
