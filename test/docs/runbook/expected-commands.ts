/** What a command of the runbook does in the world of the test: a tenant whose last run failed for one entity, with its incident. */
export interface Expected {
  /** While the cause lasts, as the fix, or afterwards. `not run`: there is no Docker in tests. */
  readonly when: 'broken' | 'fix' | 'fixed' | 'not run'
  readonly exitCode: number
}

const broken = (exitCode: number): Expected => ({ when: 'broken', exitCode })
const fixed = (exitCode: number): Expected => ({ when: 'fixed', exitCode })

/** The first that matches counts. The exit codes are those of docs/reference/cli.md. */
const known: readonly (readonly [RegExp, Expected])[] = [
  [/^docker compose /, { when: 'not run', exitCode: 0 }],
  // Files of the tenant are missing.
  [/^tidemark status$/, broken(1)],
  [/^tidemark incidents( <incident>)?$/, broken(0)],
  [/^tidemark tenants( --(failing|overdue|paused)| --search <tenant>)?$/, broken(0)],
  [/^tidemark runs <tenant>( <run>| --failed)?$/, broken(0)],
  [/^tidemark deliveries <tenant>( --entity <entity>)?$/, broken(0)],
  // The column is not there.
  [/^tidemark check-source( <entity>)?$/, broken(1)],
  [/^tidemark test-delivery <tenant>$/, broken(1)],
  // The world has no token issuer.
  [/^tidemark doctor$/, broken(1)],
  [/^tidemark doctor --tenant <tenant>$/, fixed(0)],
  [/^tidemark (grace|retention) <tenant> \d+( --yes)?$/, broken(0)],
  [/^(temporal schedule describe --schedule-id export-<tenant>|node --version|date -u)$/, broken(0)],
  [/^ssh-keyscan -p <port> <host> \| ssh-keygen -lf -$/, broken(0)],
  [/^tidemark installation (show|adopt --yes)$/, broken(0)],
  // The worker of the world is alive.
  [/^tidemark installation renew --yes$/, broken(3)],
  [/^tidemark retry --code SOURCE_SCHEMA_MISMATCH$/, { when: 'fix', exitCode: 0 }],
  // No other tenant has failed.
  [/^tidemark retry (--code [A-Z_]+|--failed)( --since \S+)?$/, fixed(0)],
  [/^tidemark retry <tenant> <run>$/, fixed(0)],
  // The last run did not fail, and the named one has ended.
  [/^tidemark retry <tenant>$/, fixed(3)],
  [/^tidemark cancel <tenant> <run>$/, fixed(3)],
  // The server has its mark, and everything on record.
  [/^tidemark server accept --copied --yes$/, fixed(0)],
  [/^tidemark server accept --(full-loads|deltas) --yes$/, fixed(3)],
  [/^tidemark redeliver --all --since \d+d --wait$/, fixed(0)],
  [/^tidemark (pause|resume) <tenant>$/, fixed(0)],
  [/^tidemark run <tenant>( <entity>)?( --wait)?$/, fixed(0)],
  [/^tidemark verify --tenant <tenant>$/, fixed(0)],
]

/** @throws where the test does not know how to run the line */
export function expectedOf(line: string, place: string): Expected {
  const found = known.find(([pattern]) => pattern.test(line))
  if (!found) throw new Error(`${place}: the test does not know how to run: ${line}`)
  return found[1]
}
