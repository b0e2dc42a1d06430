import type { AdoptionPlan, AdoptionStep } from './adoption.js'
import { batchBlocks } from './apply-adoption.js'

/** The plan as a script for psql. It stops at the first error, and can be run again after it. */
export function printAdoption({ steps, remarks }: AdoptionPlan, lockSeconds: number): string {
  const notes = remarks.map((remark) => comment(`Note: ${remark}`))
  if (steps.length === 0) return notes.join('\n')
  const begin = [
    '-- Run it with psql, without --single-transaction. If a statement fails with "lock timeout", run the script again.',
    '\\set ON_ERROR_STOP on',
    `SET lock_timeout = '${lockSeconds}s';`,
  ]
  const texts = steps.map((step) => `\n${comment(`${capital(step.title)}.`)}\n${text(step, lockSeconds)}`)
  return [...begin, ...texts, ...notes].join('\n')
}

/** The name of a table may contain a line break, which would end the comment. */
const comment = (line: string): string => `-- ${line.replaceAll(/[\r\n]+/g, ' ')}`

const capital = (title: string): string => title.charAt(0).toUpperCase() + title.slice(1)

function text(step: AdoptionStep, lockSeconds: number): string {
  if (step.kind === 'transaction') return ['BEGIN;', ...step.statements.map((each) => `${each};`), 'COMMIT;'].join('\n')
  // It waits for other transactions, and blocks no writer meanwhile.
  if (step.kind === 'alone') return `SET lock_timeout = 0;\n${step.statement};\nSET lock_timeout = '${lockSeconds}s';`
  return backfill(step)
}

/** A block of its own commits after each batch. */
function backfill({ table, set, where }: Extract<AdoptionStep, { kind: 'backfill' }>): string {
  return `DO $backfill$
DECLARE
  block bigint := 0;
  blocks bigint := pg_relation_size(${quoted(table)}) / current_setting('block_size')::bigint;
BEGIN
  WHILE block <= blocks LOOP
    UPDATE ${table} SET ${set} WHERE ctid >= format('(%s,0)', block)::tid
      AND ctid < format('(%s,0)', block + ${batchBlocks})::tid AND (${where});
    COMMIT;
    block := block + ${batchBlocks};
  END LOOP;
END
$backfill$;`
}

const quoted = (table: string): string => `'${table.replaceAll("'", "''")}'`
