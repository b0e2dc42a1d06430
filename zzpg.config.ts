import { defineConfig } from 'vitest/config'
export default defineConfig({ test: { include: ['test/{unit,integration}/{source,csv-copy,csv-file,sftp}.test.ts'], testTimeout: 60000, hookTimeout: 60000, provide: { postgresUrl: 'postgresql://super@127.0.0.1:5428/DATABASE' } } } as never)
