import { childrenOf } from '../small/processes.js'

/** Ends the servers that the benchmark has started, if it is interrupted. */
export function endServersIfInterrupted(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void endDescendants(process.pid).finally(() => process.exit(1))
    })
  }
}

async function endDescendants(pid: number): Promise<void> {
  for (const child of await childrenOf(pid)) {
    await endDescendants(child)
    end(child)
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // It has ended meanwhile.
  }
}
