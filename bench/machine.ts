import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { run } from './run.js'

/** What the figures were measured on. */
export async function machine(): Promise<string> {
  const version = (command: string, args: string[]) =>
    run('sh', ['-c', `${[command, ...args].join(' ')} 2>&1`]).then(
      (text) => text.trim().split('\n')[0] ?? '',
      () => 'not there',
    )
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  const hardware = `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), ${memory} GB, Linux ${release()}`
  return `${hardware}, Node ${process.versions.node}, ${await version('psql', ['--version'])}, ${await version('ssh', ['-V'])}`
}
