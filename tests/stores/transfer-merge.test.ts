import { describe, expect, test } from 'vitest'
import { judgeRow, type Verdict } from '../../stores/transfer-merge.ts'
import { TABLES_IN_ORDER, type TravellingTable } from '../../stores/transfer-scope.ts'

describe('a row that arrives', () => {
  test.each(TABLES_IN_ORDER)('where there is none is new, and where there is the same changes nothing: %s', (table) => {
    expect(judgeRow(table, { a: 1 }, undefined)).toBe('new')
    expect(judgeRow(table, { a: 1, b: 2 }, { b: 2, a: 1 })).toBe('same')
    expect(judgeRow(table, { a: 1, computedAtMs: 1 }, { a: 1, computedAtMs: 2 })).toBe('same')
  })

  test.each([
    ['stations', { name: 'new' }, { name: 'old' }, 'replaced'],
    ['plans', { version: 1, state: 'filed' }, { version: 1, state: 'drafted' }, 'replaced'],
    ['gateways', { secretHash: 'a' }, {}, 'replaced'],
    ['gateways', { secretHash: 'a' }, { secretHash: 'b' }, 'kept'],
    ['users', { passwordHash: 'a' }, { passwordHash: 'b' }, 'kept'],
    ['liveness', { lastReceivedAtMs: 2 }, { lastReceivedAtMs: 1 }, 'replaced'],
    ['liveness', { lastReceivedAtMs: 1 }, { lastReceivedAtMs: 2 }, 'kept'],
    ['alerts', { closedAtMs: 2 }, {}, 'replaced'],
    ['alerts', {}, { closedAtMs: 2 }, 'kept'],
    ['quarantine', { releasedAtMs: 2 }, {}, 'replaced'],
    ['quarantine', {}, { releasedAtMs: 2 }, 'kept'],
    ['staleDays', { markedAtMs: 1 }, { markedAtMs: 1, settledAtMs: 2 }, 'replaced'],
    ['staleDays', { markedAtMs: 1, settledAtMs: 2 }, { markedAtMs: 1 }, 'kept'],
    ['generation', { version: 0, energyWh: 2, computedAtMs: 2 }, { version: 0, energyWh: 1, computedAtMs: 1 }, 'replaced'],
    ['generation', { version: 0, energyWh: 1, computedAtMs: 1 }, { version: 0, energyWh: 2, computedAtMs: 2 }, 'kept'],
    ['generation', { version: 1, energyWh: 2, computedAtMs: 2 }, { version: 1, energyWh: 1, computedAtMs: 1 }, 'kept'],
    ['counterResets', { startWh: 1, withdrawnAtMs: 2, withdrawnBy: 'a', withdrawalReason: 'b' }, { startWh: 1 }, 'replaced'],
    ['counterResets', { startWh: 1 }, { startWh: 1, withdrawnAtMs: 2, withdrawnBy: 'a' }, 'kept'],
    ['counterResets', { startWh: 1, withdrawnAtMs: 3 }, { startWh: 1, withdrawnAtMs: 2 }, 'kept'],
    ['counterResets', { startWh: 1 }, { startWh: 2 }, 'refused'],
    ['stationStatements', { netFen: 1 }, { netFen: 2 }, 'refused'],
    ['slips', { document: 'A' }, { document: 'B' }, 'refused'],
    ['villageStatements', { netFen: 1 }, { netFen: 2 }, 'refused'],
    ['allocationLines', { amountFen: 1 }, { amountFen: 2 }, 'refused'],
    ['moneyRecords', { amountFen: 1 }, { amountFen: 2 }, 'refused'],
    ['deliveries', { deliveredAtMs: 2, readBy: 'a', readAtMs: 3 }, { deliveredAtMs: 1 }, 'replaced'],
    ['deliveries', { deliveredAtMs: 2 }, { deliveredAtMs: 1, readBy: 'a', readAtMs: 3 }, 'kept'],
    ['noticePhotos', { takenBy: 'a' }, { takenBy: 'b' }, 'kept'],
    ['bankFiles', { amountFen: 1 }, { amountFen: 2 }, 'refused'],
    ['payeeAccounts', { accountName: 'A', recordedAtMs: 2 }, { accountName: 'B', recordedAtMs: 1 }, 'replaced'],
    ['payeeAccounts', { accountName: 'A', recordedAtMs: 1 }, { accountName: 'B', recordedAtMs: 2 }, 'kept'],
    ['allocations', { statementVersion: 2 }, { statementVersion: 1 }, 'replaced'],
    ['allocations', { statementVersion: 1 }, { statementVersion: 2 }, 'kept'],
    [
      'allocations',
      { statementVersion: 1, runId: 'a', computedAtMs: 2 },
      { statementVersion: 1, runId: 'b', computedAtMs: 1 },
      'replaced',
    ],
  ] as [TravellingTable, object, object, Verdict][])('of %s, %j where %j is: %s', (table, coming, here, verdict) => {
    expect(judgeRow(table, coming, here)).toBe(verdict)
  })
})
