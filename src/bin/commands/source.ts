import { type Command, InvalidArgumentError } from 'commander'
import type { AdoptOptions } from '../adopt-command.js'
import { withJson } from '../output.js'
import { instant } from './words.js'

/** Adds `source adopt`. */
export function addSource(commands: Command, stop: AbortSignal): void {
  const source = commands.command('source').description('prepare tables of the source').helpCommand(false)
  withJson(source.command('adopt'))
    .description('print the SQL that a table lacks to be exported, or run it; nothing if the table lacks nothing')
    .argument('<table>', 'schema.table, without quotes', tableName)
    .requiredOption('--tenant <column>', 'the column with the id of the tenant')
    .option('--tenant-id <id>', 'add the tenant column, if it is missing, with this id in every row')
    .option('--key <columns>', 'the columns that identify a row within its tenant; the primary key by default', names)
    .option('--updated-at <column>', 'the column for the time of the last change', 'updated_at')
    .option('--change-xid <column>', 'the column for the transaction of the last change', 'change_xid')
    .option('--dated <time>', 'the time of the last change of rows that are there', instant, new Date(0))
    .option('--tombstones', 'record deleted rows in the table <table>_deleted')
    .option('--reader <role>', 'the role that reads for exports; the login of SOURCE_DATABASE_URL by default')
    .option('--apply', 'run the SQL (needs SOURCE_OWNER_URL)')
    .option(
      '--lock-seconds <number>',
      'how long a statement that blocks writers waits for its lock, 1 to 60',
      seconds,
      2,
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 3 the table cannot be adopted as requested, 5 the source was unavailable.',
    )
    .action(async (table: AdoptOptions['table'], options: Omit<AdoptOptions, 'table'>) => {
      const { adoptCommand } = await import('../adopt-command.js')
      await adoptCommand({ ...options, table }, stop)
    })
}

export function tableName(text: string): { schema: string; name: string } {
  const [schema = '', name = '', ...more] = text.split('.')
  if (schema !== '' && name !== '' && more.length === 0) return { schema, name }
  throw new InvalidArgumentError('Give schema.table, without quotes.')
}

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim())
}

function seconds(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= 60) return number
  throw new InvalidArgumentError('Give a number from 1 to 60.')
}
