import { openReadingStore } from '../../stores/duckdb/reading-store.ts'
import { aReading, NOON_MS } from '../readings.ts'

/** A process to be killed: appends one reading after another and says the number of each that returned. */
const store = await openReadingStore(process.argv[2] ?? '')
const [known] = await store.series({ deviceIds: ['ZL1-INV-1'], fromMs: NOON_MS, toMs: NOON_MS + 86_400_000 }, [])
for (let count = known?.atMs.length ?? 0; count < 80_000; count += 1) {
  await store.append([aReading({ deviceId: 'ZL1-INV-1', atMs: NOON_MS + count * 1_000, acPowerW: count })])
  process.stdout.write(`${count}\n`)
  if (count % 25 === 24) await store.checkpoint()
}
