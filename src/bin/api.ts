import 'reflect-metadata'
import { composeApi } from '../compose/api.js'
import { reportFailure } from '../compose/report-failure.js'
import { loadServiceConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { main } from './main.js'
import { commandLine, runCommandLine } from './program.js'

await main(
  (_stop, stopped) =>
    runCommandLine(
      commandLine('api', 'The API, until SIGTERM. Its settings are in the environment: see .env.example.').action(
        async () => {
          await using api = await composeApi(loadServiceConfig(readEnvironment()))
          await api.listen()
          await stopped
        },
      ),
    ),
  reportFailure,
)
