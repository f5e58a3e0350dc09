import { defineConfig } from 'vitest/config'

/** For Stryker, which runs the tests once per mutant: the rules of the domain alone, and the same random figures every time. */
export default defineConfig({
  test: {
    include: ['tests/domain/**/*.test.ts'],
    setupFiles: ['tests/mutation/seed.ts'],
    env: { TZ: 'UTC' },
  },
})
