import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: one worker each. Suites that start a whole runtime or a browser do so on free ports and own folders.
    maxWorkers: 2,
    env: { TZ: 'UTC' },
  },
})
