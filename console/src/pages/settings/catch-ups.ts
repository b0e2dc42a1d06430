/** How an export that was paused can make up for the pause. */
export const catchUps = [
  {
    value: 'ONE_FILE',
    label: 'One file of each entity',
    help: 'The next run covers all the time of the pause.',
  },
  {
    value: 'BY_PERIOD',
    label: 'One file for each missed period',
    help: 'Runs start now, one after the other, each with its own files.',
  },
] as const
