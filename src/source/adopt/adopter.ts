import pg from 'pg'
import { sourceError } from '../errors.js'
import { AdoptionError, type AdoptionPlan, type AdoptionRequest } from './adoption.js'
import { applyAdoption, type ApplyOptions } from './apply-adoption.js'
import { planAdoption } from './plan-adoption.js'

export type { AdoptionPlan, AdoptionRequest } from './adoption.js'
export type { ApplyOptions } from './apply-adoption.js'
export { printAdoption } from './print-adoption.js'

export interface Adopter extends AsyncDisposable {
  /** What the table lacks. @throws AdoptionError, ExportError */
  plan(request: AdoptionRequest): Promise<AdoptionPlan>
  /** Takes the steps of the plan. A stopped adoption leaves nothing half made. @throws AdoptionError, ExportError */
  apply(request: AdoptionRequest, plan: AdoptionPlan, options: ApplyOptions): Promise<void>
}

const connectMs = 10_000

/** Connects to the source with a login that may change its tables. */
export async function openAdopter(url: string): Promise<Adopter> {
  const config = { connectionString: url, application_name: 'tidemark-adopt', connectionTimeoutMillis: connectMs }
  const client = new pg.Client(config)
  // A query that is under way fails as well.
  client.on('error', () => {})
  try {
    await client.connect()
    // Names are then printed with their schemas. A role may be read-only by default, which protects it from other programs.
    await client.query('SET search_path = pg_catalog; SET default_transaction_read_only = off')
  } catch (error) {
    void client.end()
    throw sourceError('Connecting to the source', error)
  }
  return {
    plan: (request) => explained(request, () => planAdoption(client, request)),
    apply: (request, { steps }, options) =>
      explained(request, () =>
        cancellable(client, config, options.signal, () => applyAdoption(client, steps, options)),
      ),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

const insufficientPrivilege = '42501'
const queryCancelled = '57014'

async function explained<T>({ table }: AdoptionRequest, act: () => Promise<T>): Promise<T> {
  const name = `${table.schema}.${table.name}`
  try {
    return await act()
  } catch (error) {
    if (error instanceof AdoptionError) throw error
    const { code, message } = error as { code?: unknown; message: string }
    if (code === insufficientPrivilege) {
      throw new AdoptionError(
        `The login may not change ${name}: ${message}. Set SOURCE_OWNER_URL to the URL for the owner of the table.`,
      )
    }
    if (code === queryCancelled)
      throw new AdoptionError(`The adoption of ${name} was stopped. Run the command again to continue.`)
    throw sourceError(`Adopting ${name}`, error)
  }
}

/** Cancels the statement that is under way when the signal aborts, since it may take hours. */
async function cancellable(
  client: pg.Client,
  config: pg.ClientConfig,
  signal: AbortSignal,
  act: () => Promise<void>,
): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const cancel = (): void => void cancelProcess(config, rows[0]?.pid)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    await act()
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

async function cancelProcess(config: pg.ClientConfig, pid: number | undefined): Promise<void> {
  const other = new pg.Client(config)
  other.on('error', () => {})
  try {
    await other.connect()
    await other.query('SELECT pg_cancel_backend($1)', [pid])
  } catch {
    // The statement then ends by its own, and the next step is not taken.
  } finally {
    void other.end()
  }
}
