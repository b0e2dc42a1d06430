import { composeWorker } from '../compose.js'
import { loadConfig } from '../config/config.js'
import { readEnvironment } from '../config/env.js'
import { main } from './main.js'

await main(async (stop) => {
  await using worker = await composeWorker(loadConfig(readEnvironment()))
  stop.addEventListener('abort', () => worker.stop(), { once: true })
  await worker.run()
})
