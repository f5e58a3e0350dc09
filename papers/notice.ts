import { addDays, type ChinaDay, daysBetween } from '../domain/calendar.ts'
import { chineseAmount } from '../domain/chinese-amount.ts'
import { formatYuan } from '../domain/money.ts'
import { sumKnown } from '../domain/overview.ts'
import { payeeSection } from './allocation-list.ts'
import { cellText } from './figures.ts'
import { energy, type Paper, plainText } from './paper.ts'
import { qrCodeOf } from './qr-code.ts'
import {
  isProvisional,
  settledWh,
  type StatementFigures,
  subtitleOf,
  sumsByKind,
  type VillageMonth,
  villageName,
} from './village.ts'
import { fileNameOf } from './file-name.ts'
import { KINDS, UNDISTRIBUTED } from './terms.ts'
import { words } from './words.ts'

/**
 * 公示: what a village posts on its board: energy, income, deductions, and who gets what. The payees' names are printed as they
 * come, so whoever calls masks them by the county's rule; nothing else of a person is here to be printed.
 */

/** What the office adds. What is left out is a blank line to fill in by hand. */
export type NoticeDetails = {
  /** First day of the notice period, and how many days it lasts, both ends counted. */
  from?: ChinaDay
  days?: number
  /** Complaint telephones of the offices, at most a few. */
  contacts?: readonly string[]
  /** Address of the public page, https. */
  url?: string
}

const paragraphs = (month: VillageMonth): string[] => {
  const { statement, allocation } = month
  const energies = month.generation.map(({ energyWh }) => energyWh)
  const known = energies.filter((energyWh) => energyWh !== null).length
  const generated =
    statement === null
      ? words.noticeEnergySoFar(cellText(energy(sumKnown(energies))), known, energies.length)
      : words.noticeEnergy(cellText(energy(settledWh(statement))))
  const income = statement === null ? words.noticeNoIncome : incomeOf(statement)
  return [
    words.noticeIntro(villageName(month), words.month(month.month)),
    generated,
    income,
    allocation === null ? words.noticeNoAllocation : allocated(allocation) + cutShort(allocation),
  ]
}

const incomeOf = (statement: StatementFigures): string => {
  const { income, deducted } = sumsByKind(statement)
  const { grossFen, deductionFen, netFen } = statement
  return words.noticeIncome({
    gross: formatYuan(grossFen),
    grossParts: words.noticeParts(income.map(({ kind, amountFen }) => [KINDS[kind], formatYuan(amountFen)])),
    deductions: formatYuan(0 - deductionFen),
    deductionParts: words.noticeParts(deducted.map(({ kind, amountFen }) => [KINDS[kind], formatYuan(0 - amountFen)])),
    net: formatYuan(netFen),
    inWords: words.inWords(chineseAmount(netFen)),
  })
}

const allocated = (allocation: NonNullable<VillageMonth['allocation']>): string => {
  const { reserveFen, distributedFen, undistributedFen, undistributed } = allocation
  const rest =
    undistributedFen === 0
      ? ''
      : words.noticeUndistributed(formatYuan(undistributedFen), undistributed === null ? '' : UNDISTRIBUTED[undistributed])
  return words.noticeAllocation(
    formatYuan(reserveFen),
    formatYuan(distributedFen),
    words.inWords(chineseAmount(distributedFen)),
    rest,
  )
}

/** Says it when the month pays less than its lines are owed. */
const cutShort = ({ claimedFen = 0, distributedFen }: NonNullable<VillageMonth['allocation']>): string =>
  claimedFen > distributedFen ? words.noticeShort(formatYuan(claimedFen), formatYuan(claimedFen - distributedFen)) : ''

/** From the first day to the last: `days` of them, counting both ends. */
const periodOf = ({ from, days }: NoticeDetails): string => {
  if (from === undefined || days === undefined) return words.noticePeriodUnset
  const to = addDays(from, days - 1)
  return words.noticePeriod(words.day(from), words.day(to), daysBetween(from, to).length)
}

export const notice = (month: VillageMonth, details: NoticeDetails): Paper => {
  const contacts = (details.contacts ?? []).map(plainText).filter((contact) => contact !== '')
  return {
    fileName: fileNameOf(villageName(month), month.month, '光伏收益分配公示'),
    title: words.notice(villageName(month), words.month(month.month)),
    provisional: isProvisional(month),
    subtitle: subtitleOf(month, month.asOfMs),
    intro: paragraphs(month),
    sections: [payeeSection(month.allocation)],
    notes: [
      periodOf(details),
      contacts.length === 0 ? words.noticeContactsUnset : words.noticeContacts(contacts.join('；')),
      words.accrued,
      words.noticeNames,
    ],
    closing: [
      words.noticeSigner(villageName(month)),
      details.from === undefined ? words.noticeDayUnset : words.day(details.from),
    ],
    ...(details.url !== undefined && { qr: qrCodeOf(details.url, words.qrCaption) }),
    signatures: [],
    orientation: 'portrait',
  }
}
