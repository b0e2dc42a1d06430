interface File {
  readonly path: string
  readonly sha256: string
}

interface Access {
  readonly host: string
  readonly port: number
  readonly username: string
}

/** Fetches a file into the present folder. Paths of Tidemark have no characters that a shell reads. */
export function fetchCommand(
  { path, parts }: { readonly path: string; readonly parts: readonly unknown[] | null },
  access: Access,
): string {
  const { host, port, username } = access
  const remote = parts === null ? path : `${path.slice(0, path.lastIndexOf('/'))}/*`
  return `sftp -P ${port} "${username}@${host}:${remote}" .`
}

/** Compares the fetched file with its checksum. */
export function checkCommand({ path, sha256 }: File): string {
  return `echo "${sha256}  ${path.slice(path.lastIndexOf('/') + 1)}" | sha256sum --check`
}
