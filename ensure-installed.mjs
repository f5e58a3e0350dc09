// Runs under whatever Node the machine has: installs the locked dependencies (Node 24 among them) when they are missing or stale.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'

const modifiedMs = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
// npm writes this file last, so an interrupted install counts as missing.
const installedMs = modifiedMs('node_modules/.package-lock.json')

if (installedMs < modifiedMs('package-lock.json')) {
  console.error('Installing dependencies from package-lock.json …')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  process.exit(status ?? 1)
}
