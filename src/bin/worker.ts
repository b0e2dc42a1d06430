import { setFlagsFromString } from 'node:v8'
import { reportFailure } from '../compose/report-failure.js'
import { composeWorker } from '../compose/worker.js'
import { loadServiceConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { main } from './main.js'
import { commandLine, runCommandLine } from './program.js'

// Temporal runs workflows in threads of their own, which need little short-lived memory. The limit holds for threads that start
// after it: that of the files keeps what docker-compose.yml gives it.
setFlagsFromString('--max-semi-space-size=4')

await main(
  (stop) =>
    runCommandLine(
      commandLine('worker', 'A worker, until SIGTERM. Its settings are in the environment: see .env.example.').action(
        async () => {
          await using worker = await composeWorker(loadServiceConfig(readEnvironment()))
          stop.addEventListener('abort', () => worker.stop(), { once: true })
          await worker.run()
        },
      ),
    ),
  reportFailure,
)
