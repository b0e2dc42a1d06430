import type { Section, Table, Target } from '../section.js'
import { type Contest, median, speedup } from './contest.js'
import type { Scripted } from './floor.js'
import type { SmallFiles } from './index.js'
import { cpuMsPerFile, filesPerSecond, type Night } from './night.js'
import type { Profile } from './profile.js'

const megabyte = 2 ** 20
const memoryLimit = 350

export function smallTables(found: SmallFiles): Section['tables'] {
  return [...found.contests.map(nightsTable), scriptsTable(found), waitsTable(found), profileTable(found.profiles)]
}

export function smallTargets({ contests, waits, scripts }: SmallFiles): Target[] {
  const now = waits.get('now')
  const usual = contests[0]?.now ?? []
  return [
    ...contests.flatMap(contestTargets),
    ...(now
      ? [
          { name: "answers of Tidemark's database for each file", ratio: now.answersPerFile, atMost: 8 },
          { name: 'SFTP round trips that a file waits for', ratio: now.roundTripsPerFile, atMost: 6 },
        ]
      : []),
    ...scripts.slice(0, 1).map((floor) => ({
      name: 'seconds for each file against the floor (the aim is 4)',
      ratio: (median(usual.map((night) => 1 / filesPerSecond(night))) ?? NaN) / (floor.seconds / floor.files),
    })),
  ]
}

function contestTargets({ tenants, now, before }: Contest): Target[] {
  const speed = speedup({ now, before })
  const [, second] = now
  const last = now.at(-1)
  const peak = Math.max(...now.map(({ peakRss }) => peakRss)) / megabyte
  return [
    ...(speed === undefined ? [] : [{ name: `files/s against before (${tenants} tenants)`, ratio: speed, atLeast: 3 }]),
    {
      name: `the worker's peak memory against ${memoryLimit} MB (${tenants} tenants)`,
      ratio: peak / memoryLimit,
      atMost: 1,
    },
    ...(second && last && last !== second
      ? [
          {
            name: `peak memory in night ${now.length} against night 2 (${tenants} tenants)`,
            ratio: last.peakRss / second.peakRss,
            atMost: 1.1,
          },
        ]
      : []),
  ]
}

function nightsTable({ tenants, now, before }: Contest): Table {
  const rows = [...before.map((night) => nightRow('before', night)), ...now.map((night) => nightRow('now', night))]
  return {
    title: `${tenants.toLocaleString('en-US')} tenants at one midnight`,
    head: [
      ...['who', 'night', 'files', 'seconds', 'files/s'],
      ...['CPU, ms for each file', 'worker', 'Postgres', 'Temporal', 'sshd', "worker's peak, MB"],
    ],
    rows,
  }
}

function nightRow(who: string, night: Night): string[] {
  const server = (name: string): string => ((1000 * (night.serversCpu.get(name) ?? 0)) / night.files).toFixed(1)
  return [
    who,
    String(night.night + 1),
    night.files.toLocaleString('en-US'),
    night.seconds.toFixed(1),
    filesPerSecond(night).toFixed(1),
    cpuMsPerFile(night).toFixed(1),
    ((1000 * night.workerCpu) / night.files).toFixed(1),
    ...['postgres', 'temporal', 'sshd'].map(server),
    (night.peakRss / megabyte).toFixed(0),
  ]
}

function scriptsTable({ scripts, contests }: SmallFiles): Table {
  const usual = contests[0]?.now ?? []
  const ours = usual.toSorted((one, other) => one.seconds - other.seconds)[Math.floor(usual.length / 2)]
  const row = ({ name, files, seconds, cpuSeconds }: Scripted): string[] => [
    name,
    files.toLocaleString('en-US'),
    ((1000 * seconds) / files).toFixed(1),
    ((1000 * cpuSeconds) / files).toFixed(1),
  ]
  return {
    title: 'Beside scripts',
    head: ['who', 'files', 'ms for each file', 'CPU, ms for each file'],
    rows: [
      ...(ours ? [row({ name: 'tidemark', ...ours, cpuSeconds: (cpuMsPerFile(ours) * ours.files) / 1000 })] : []),
      ...scripts.map(row),
    ],
  }
}

function waitsTable({ waits }: SmallFiles): Table {
  return {
    title: 'What waits',
    head: [
      'who',
      "answers of Tidemark's database for each file",
      'SFTP round trips for each file',
      '… of an export activity',
      '… of a whole run',
    ],
    rows: [...waits].map(([who, { answersPerFile, roundTripsPerFile, roundTripsPerActivity, roundTripsPerRun }]) => [
      who,
      answersPerFile.toFixed(1),
      roundTripsPerFile.toFixed(1),
      roundTripsPerActivity.toFixed(1),
      roundTripsPerRun.toFixed(0),
    ]),
  }
}

/** The largest first, by what they are now or were. */
function profileTable(profiles: SmallFiles['profiles']): Table {
  const all = [...profiles]
  const perFile = (profile: Profile, name: string): number => (1000 * (profile.main.get(name) ?? 0)) / profile.files
  const most = (name: string): number => Math.max(...all.map(([, profile]) => perFile(profile, name)))
  const names = [...new Set(all.flatMap(([, { main }]) => [...main.keys()]))]
    .filter((name) => most(name) >= 0.1)
    .toSorted((one, other) => most(other) - most(one))
  return {
    title: "A CPU profile of the worker's main thread in the runs of 16 tenants: ms for each file",
    head: ['code', ...all.map(([who]) => who)],
    rows: [
      ...names.map((name) => [name, ...all.map(([, profile]) => perFile(profile, name).toFixed(2))]),
      [
        'the threads of workflows',
        ...all.map(([, { workflowSeconds, files }]) => ((1000 * workflowSeconds) / files).toFixed(2)),
      ],
    ],
  }
}
