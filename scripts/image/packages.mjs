/**
 * The folders of a lock file that the root's dependencies lead to, as Node finds them: a package's dependencies, its optional
 * ones that are there for this platform, and the peers that it can't do without.
 * @param lock a package-lock.json of version 3
 * @param unused by the name of a package, those of its dependencies that are never used
 * @returns {Set<string>}
 */
export function productionPackages(lock, unused) {
  const kept = new Set()
  const visit = (from, name, isRequired) => {
    const path = find(lock, from, name)
    if (path === undefined) {
      if (isRequired) throw new Error(`${name}, which ${from || 'the project'} needs, is not in the lock file`)
      return
    }
    if (kept.has(path) || !fits(lock.packages[path])) return
    kept.add(path)
    follow(path)
  }
  const follow = (path) => {
    const {
      dependencies = {},
      optionalDependencies = {},
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = lock.packages[path]
    const skipped = unused[path.split('node_modules/').at(-1)] ?? []
    const names = { ...dependencies, ...peerDependencies }
    for (const name of Object.keys(names)) {
      if (skipped.includes(name) || peerDependenciesMeta[name]?.optional) continue
      visit(path, name, !(name in optionalDependencies))
    }
    for (const name of Object.keys(optionalDependencies)) visit(path, name, false)
  }
  for (const name of Object.keys(lock.packages[''].dependencies)) visit('', name, true)
  return kept
}

/** Where Node finds a package that another one names: in its own folder, or in one further up. */
function find(lock, from, name) {
  const parents = from
    .split('/node_modules/')
    .map((_, index, all) => all.slice(0, all.length - index).join('/node_modules/'))
  const places = [
    ...parents.filter((folder) => folder !== '').map((folder) => `${folder}/node_modules/${name}`),
    `node_modules/${name}`,
  ]
  return places.find((path) => path in lock.packages)
}

function fits({ os = [process.platform], cpu = [process.arch], libc = ['glibc'] }) {
  return os.includes(process.platform) && cpu.includes(process.arch) && libc.includes('glibc')
}
