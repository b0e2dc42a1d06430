/** Prints each step of a demo with the seconds since its start. */
export interface Stopwatch {
  step(what: string): void
  done(result: string): void
  end(isGood: boolean, temporalUiUrl: string | null): void
}

export function stopwatch(): Stopwatch {
  const started = Date.now()
  const seconds = (): string => ((Date.now() - started) / 1000).toFixed(1).padStart(6)
  return {
    step: (what) => console.log(`\n${seconds()} s  ${what}`),
    done: (result) => console.log(`          ${result}`),
    end: (isGood, temporalUiUrl) => {
      console.log(
        `\n${seconds()} s  ${isGood ? 'Done: the delivered files equal the source, row for row.' : 'FAILED: see above.'}`,
      )
      console.log(
        '\nNext: run npm start, and open the console that it prints. The first page has GraphiQL with a token.',
      )
      if (temporalUiUrl) console.log('The Temporal UI of npm start shows the entities, loads and rows of each run.')
    },
  }
}
