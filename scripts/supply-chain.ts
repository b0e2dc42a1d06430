/** What is looked at of package.json. */
export interface PackageFile {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  /** Packages that have install scripts, and whether those run. */
  readonly allowScripts?: Readonly<Record<string, boolean>>
}

/** What is looked at of package-lock.json, version 3. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  readonly link?: boolean
}

/** Everything about the dependencies that would let other code in than the code that was chosen. */
export function supplyChainProblems(wanted: PackageFile, { packages }: LockFile): string[] {
  const direct = Object.entries({ ...wanted.dependencies, ...wanted.devDependencies })
  const installed = Object.entries(packages).filter(([path]) => path !== '')
  return [
    ...direct.flatMap(([name, version]) => problemsOfDirect(name, version, packages[`node_modules/${name}`])),
    ...installed.flatMap(([path, found]) => problemsOfLocked(path, found)),
    ...scriptProblems(installed, wanted.allowScripts ?? {}),
  ]
}

function problemsOfDirect(name: string, version: string, locked: LockedPackage | undefined): string[] {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) return [`${name}: ${version} is not one exact version`]
  if (locked?.version === version) return []
  return [`${name}: package.json has ${version}, the lock file ${locked?.version ?? 'nothing'}`]
}

/** The registry's host is left to npm's configuration, so that a mirror can serve; what it serves must be this. */
function problemsOfLocked(path: string, { integrity, resolved, link }: LockedPackage): string[] {
  if (link) return [`${path}: is a link to a folder, not a package`]
  if (!integrity?.startsWith('sha512-')) return [`${path}: has no sha512 in the lock file`]
  return resolved === undefined ? [] : [`${path}: the lock file says where it comes from (${resolved})`]
}

/** Each script is decided upon by name; a name without a script is a decision that nobody needs any more. */
function scriptProblems(
  installed: readonly (readonly [string, LockedPackage])[],
  decided: Readonly<Record<string, boolean>>,
): string[] {
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const names = new Set(installed.filter(([, found]) => found.hasInstallScript).map(([path]) => nameOf(path)))
  return [
    ...[...names]
      .filter((name) => !(name in decided))
      .map((name) => `${name}: has an install script nobody decided on`),
    ...Object.keys(decided)
      .filter((name) => !names.has(name))
      .map((name) => `${name}: has no install script (allowScripts)`),
  ]
}
