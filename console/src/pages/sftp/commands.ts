/** Commands to copy, with the tenant's own host, port, account and path. */

export const tools = {
  sftp: 'sftp',
  rclone: 'rclone',
  winscp: 'WinSCP',
  lftp: 'lftp',
  loader: 'Load into Postgres',
} as const
export type Tool = keyof typeof tools

export function isTool(value: unknown): value is Tool {
  return typeof value === 'string' && Object.hasOwn(tools, value)
}

export interface Account {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly hostKeyFingerprints: readonly string[]
}

export interface Command {
  /** What the command does. */
  readonly title: string
  readonly text: string
  readonly note?: string
}

const keyFile = '~/.ssh/tidemark'

/** How to make a key pair. Both commands are understood by a POSIX shell and by PowerShell. */
export const newKeyCommand = 'ssh-keygen -t ed25519 -f "$HOME/.ssh/tidemark" -C "warehouse loader"'
/** Prints the public key of that pair. */
export const showKeyCommand = 'cat "$HOME/.ssh/tidemark.pub"'
/** Makes the `.pub` file again from a private key. */
export const publicKeyOf = (name: string): string => `ssh-keygen -y -f ${quoted(name)} > ${quoted(`${name}.pub`)}`

export function folderOf({ username }: Pick<Account, 'username'>): string {
  return `/exports/${username}`
}

/** Prints the fingerprints of the keys that the server presents. */
export function fingerprintCommand({ host, port }: Account): string {
  return `ssh-keyscan -p ${port} ${quoted(host)} 2>/dev/null | ssh-keygen -lf -`
}

/** Adds the keys of the server to known_hosts, but only those with a fingerprint that Tidemark names. */
export function knownHostsCommand(account: Account): string {
  const patterns = account.hostKeyFingerprints.map((fingerprint) => ` -e ${quoted(fingerprint)}`).join('')
  return [
    `ssh-keyscan -p ${account.port} ${quoted(account.host)} 2>/dev/null | while read -r line; do`,
    `  echo "$line" | ssh-keygen -lf - | grep -qF${patterns} && echo "$line"`,
    'done >> ~/.ssh/known_hosts',
  ].join('\n')
}

export function commandsFor(tool: Tool, account: Account, today: Date): readonly Command[] {
  switch (tool) {
    case 'sftp':
      return sftpCommands(account, today)
    case 'rclone':
      return rcloneCommands(account)
    case 'winscp':
      return winscpCommands(account)
    case 'lftp':
      return lftpCommands(account)
    case 'loader':
      return loaderCommands(account, today)
  }
}

const sftpOptions = ({ port }: Account) => `-i ${keyFile} -o IdentitiesOnly=yes -P ${port}`
const login = ({ username, host }: Account) => quoted(`${username}@${host}`)

function sftpCommands(account: Account, today: Date): Command[] {
  const folder = folderOf(account)
  const day = dayFolder(today)
  return [
    { title: 'Log in, and look around', text: `sftp ${sftpOptions(account)} ${login(account)}` },
    {
      title: 'Fetch everything of a day',
      text: `sftp -r ${sftpOptions(account)} ${quoted(`${account.username}@${account.host}:${folder}/${day}`)} .`,
      note: 'The manifest datapackage.json is written last: load a day when it is there.',
    },
  ]
}

function rcloneCommands(account: Account): Command[] {
  const { host, port, username } = account
  return [
    {
      title: 'Configure it once',
      text: [
        'rclone config create tidemark sftp \\',
        `  host=${quoted(host)} port=${port} user=${quoted(username)} \\`,
        `  key_file=${keyFile} known_hosts_file=~/.ssh/known_hosts \\`,
        '  shell_type=none md5sum_command=none sha1sum_command=none',
      ].join('\n'),
      note: 'Add the server to known_hosts first, as shown above.',
    },
    {
      title: 'Copy what is new or replaced',
      text: `rclone copy ${quoted(`tidemark:${folderOf(account)}`)} ${quoted(`./exports/${username}`)} --exclude '.*'`,
      note: 'Copy again when a file has changed meanwhile: the manifest has the checksum of each file.',
    },
  ]
}

function winscpCommands(account: Account): Command[] {
  const { host, port, username, hostKeyFingerprints } = account
  const hostKeys = hostKeyFingerprints.map((fingerprint) => fingerprint.replace(/^SHA256:/, '')).join(';')
  return [
    {
      title: 'Convert the key once',
      text: String.raw`WinSCP.com /keygen "%USERPROFILE%\.ssh\tidemark" /output="%USERPROFILE%\.ssh\tidemark.ppk"`,
    },
    {
      title: 'Save this as tidemark.txt',
      text: [
        'option batch abort',
        'option confirm off',
        String.raw`open sftp://${encodeURIComponent(username)}@${host}:${port}/ -privatekey="%USERPROFILE%\.ssh\tidemark.ppk" -hostkey="${hostKeys}"`,
        String.raw`synchronize local -filemask="|.*" "%USERPROFILE%\exports" "${folderOf(account)}"`,
        'exit',
      ].join('\n'),
      note: 'The folder exports must exist in your user folder.',
    },
    { title: 'Run it', text: 'WinSCP.com /ini=nul /script=tidemark.txt' },
  ]
}

function lftpCommands(account: Account): Command[] {
  const { host, port, username } = account
  const connect = `set sftp:connect-program "ssh -a -x -i ${keyFile} -o IdentitiesOnly=yes"`
  const mirror = `mirror --exclude-glob .* ${folderOf(account)} ./exports/${username}`
  return [
    {
      title: 'Copy what is new or replaced',
      text: `lftp -p ${port} -u ${quoted(`${username},`)} -e ${quoted(`${connect}; ${mirror}; quit`)} ${quoted(`sftp://${host}`)}`,
      note: 'Add the server to known_hosts first, as shown above.',
    },
  ]
}

function loaderCommands(account: Account, today: Date): Command[] {
  const { username, host } = account
  const day = dayFolder(today)
  const target = `./exports/${username}/${day}`
  const parent = target.slice(0, target.lastIndexOf('/'))
  return [
    {
      title: 'Fetch a day, then load it',
      text: [
        `mkdir -p ${quoted(parent)}`,
        `sftp -r ${sftpOptions(account)} ${quoted(`${username}@${host}:${folderOf(account)}/${day}`)} ${quoted(parent)}`,
        `bash load-into-postgres.sh ${quoted(target)} "$WAREHOUSE"`,
      ].join('\n'),
      note: 'WAREHOUSE is the URL of your database, such as postgres://loader@db.example/warehouse. Load the days in order.',
    },
  ]
}

/** The folder of a day, in UTC. */
export function dayFolder(time: Date): string {
  return time.toISOString().slice(0, 10).replaceAll('-', '/')
}

/** A word of a POSIX shell. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
