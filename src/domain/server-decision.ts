/** What an operator decides about an SFTP server that lacks the files on record. */
export const serverDecisions = {
  FULL_LOADS: 'The files are lost. Each next file of each entity is a full load.',
  DELTAS:
    'The files are lost. The next files are deltas, for consumers that have loaded what is lost, or before a redelivery.',
  COPIED: 'The files were copied to the server.',
} as const
export type ServerDecision = keyof typeof serverDecisions
