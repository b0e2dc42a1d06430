import type { Environment } from './env.js'

/** The environment with the variables of proxies in upper case. Most tools also accept these names in lower case. */
export function withProxies(environment: Environment): Environment {
  const proxies = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'].flatMap((name) => {
    const value = environment[name] ?? environment[name.toLowerCase()]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  return { ...environment, ...Object.fromEntries(proxies) }
}
