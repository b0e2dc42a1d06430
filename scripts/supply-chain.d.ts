/** What is looked at of package.json. */
export interface PackageFile {
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  /** Packages that have install scripts, and whether npm would run those if scripts ran at all. */
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
export function supplyChainProblems(wanted: PackageFile, lock: LockFile): string[]

/** Everything by which `npm install` could run a script. @param npmrc the content of the committed .npmrc */
export function installScriptProblems(wanted: PackageFile, npmrc: string): string[]
