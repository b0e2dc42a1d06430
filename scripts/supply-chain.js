// Plain JavaScript without dependencies: CI runs it before anything is installed. Types are in supply-chain.d.ts.

export function supplyChainProblems(wanted, { packages }) {
  const direct = Object.entries({ ...wanted.dependencies, ...wanted.devDependencies })
  const installed = Object.entries(packages).filter(([path]) => path !== '')
  return [
    ...direct.flatMap(([name, version]) => problemsOfDirect(name, version, packages[`node_modules/${name}`])),
    ...installed.flatMap(([path, found]) => problemsOfLocked(path, found)),
    ...scriptProblems(installed, wanted.allowScripts ?? {}),
  ]
}

function problemsOfDirect(name, version, locked) {
  // A second version of a package has an alias: `npm:react@18.3.1`.
  const [exact] = /(?<=^|^npm:[\w/-]+@)\d+\.\d+\.\d+(-[\w.]+)?$/.exec(version) ?? []
  if (exact === undefined) return [`${name}: ${version} is not one exact version`]
  if (locked?.version === exact) return []
  return [`${name}: package.json has ${version}, the lock file ${locked?.version ?? 'nothing'}`]
}

/** The registry's host is left to npm's configuration, so that a mirror can serve; what it serves must be this. */
function problemsOfLocked(path, { integrity, resolved, link }) {
  if (link) return [`${path}: is a link to a folder, not a package`]
  if (!integrity?.startsWith('sha512-')) return [`${path}: has no sha512 in the lock file`]
  return resolved === undefined ? [] : [`${path}: the lock file says where it comes from (${resolved})`]
}

/** Each script is decided upon by name; a name without a script is a decision that is not needed any more. */
function scriptProblems(installed, decided) {
  const nameOf = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const names = new Set(installed.filter(([, found]) => found.hasInstallScript).map(([path]) => nameOf(path)))
  return [
    ...[...names]
      .filter((name) => !(name in decided))
      .map((name) => `${name}: has an install script that allowScripts does not name`),
    ...Object.keys(decided)
      .filter((name) => !names.has(name))
      .map((name) => `${name}: has no install script (allowScripts)`),
  ]
}

const lifecycle = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare']

export function installScriptProblems(wanted, npmrc) {
  const settings = npmrc.split('\n').flatMap((line) => /^\s*ignore-scripts\s*=\s*(.*?)\s*$/.exec(line)?.[1] ?? [])
  return [
    ...(settings.length === 1 && settings[0] === 'true'
      ? []
      : ['.npmrc: must have the line ignore-scripts=true, once']),
    ...Object.entries(wanted.allowScripts ?? {})
      .filter(([, allowed]) => allowed)
      .map(([name]) => `${name}: its install script is allowed (allowScripts)`),
    ...lifecycle
      .filter((name) => wanted.scripts?.[name] !== undefined)
      .map((name) => `package.json: the script ${name} would not run; scripts/setup.mjs is the place for it`),
  ]
}
