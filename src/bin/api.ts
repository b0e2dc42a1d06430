import 'reflect-metadata'
import { composeApi, reportFailure } from '../compose.js'
import { loadServiceConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { main } from './main.js'

await main(async (_stop, stopped) => {
  await using api = await composeApi(loadServiceConfig(readEnvironment()))
  await api.listen()
  await stopped
}, reportFailure)
