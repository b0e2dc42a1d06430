import type { Metrics } from './metrics.js'

/** A pool of pg. */
export interface PoolState {
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
  readonly options: { readonly max: number }
}

/** Adds a pool of Postgres connections to the metrics. */
export function watchPool(metrics: Metrics, name: 'tidemark' | 'source', pool: PoolState): void {
  const labels = { pool: name }
  metrics.watch(`pool ${name}`, () => [
    ['tidemark_postgres_pool_connections', labels, pool.totalCount],
    ['tidemark_postgres_pool_idle_connections', labels, pool.idleCount],
    ['tidemark_postgres_pool_waiting_callers', labels, pool.waitingCount],
    ['tidemark_postgres_pool_limit_connections', labels, pool.options.max],
  ])
}
