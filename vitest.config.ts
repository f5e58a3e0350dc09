import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: one worker each. Suites that start a whole runtime or a browser do so on free ports and own folders.
    maxWorkers: 2,
    // Without a UTF-8 locale neither LibreOffice nor a browser can write a Chinese file name.
    env: { TZ: 'UTC', LANG: 'C.UTF-8' },
  },
})
