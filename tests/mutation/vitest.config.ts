import { defineConfig } from 'vitest/config'

/** For Stryker, which runs the tests once per mutant: the rules of the domain and what settles readings, and the same random figures every time. */
export default defineConfig({
  test: {
    include: [
      'tests/domain/**/*.test.ts',
      'tests/golden/golden.test.ts',
      'tests/stores/undisputed.test.ts',
      'tests/functions/{closing,audit-ledger}.test.ts',
    ],
    // It works its figures out while it is being read, so that every mutant would need every test: five times as long, none more
    // killed.
    exclude: ['tests/domain/worked-examples.test.ts'],
    // As in the other configuration: a busy machine is no failure.
    testTimeout: 30_000,
    setupFiles: ['tests/mutation/seed.ts'],
    // A thousand random villages would take seconds for every mutant.
    env: { TZ: 'UTC', VILLAGES: '150' },
  },
})
