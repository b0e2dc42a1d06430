import { composeWorker, reportFailure } from '../compose.js'
import { loadServiceConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { main } from './main.js'

await main(async (stop) => {
  await using worker = await composeWorker(loadServiceConfig(readEnvironment()))
  stop.addEventListener('abort', () => worker.stop(), { once: true })
  await worker.run()
}, reportFailure)
