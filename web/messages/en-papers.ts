import type { zhPapers } from './zh-papers.ts'

/** The words around papers, in English; the papers themselves are documents of Chinese offices and stay in Chinese. */
export const enPapers: typeof zhPapers = {
  papers: {
    title: 'Reports and notice',
    link: 'Reports, notice and vouchers',
    back: 'Back to the village account',
    kinds: {
      month: 'Monthly report',
      statement: 'Income lines',
      allocation: 'Allocation list',
      notice: 'Public notice',
      vouchers: 'Vouchers',
      year: 'Yearly report',
      households: 'Households of the year',
      stations: 'Stations’ ledgers',
    },
    formats: { xlsx: 'Export to Excel', pdf: 'Export PDF', csv: 'Export CSV' },
    exportOf: (paper) => `Export: ${paper}`,
    making: 'Being made…',
    failures: {
      unreachable: 'The server cannot be reached, no file was made. Check the network and try again.',
      server: 'The server failed, no file was made. Try again later; if it goes on, tell the administrator.',
      refused: 'This file was not made: check what you filled in, or try another month.',
    },
    countyMonth: 'Monthly report of the region',
    list: 'List of villages',
    stationList: 'List of stations',
    stationYear: 'Station’s ledger of the year',
    showLedger: 'See and print the ledger',
    backToStation: 'Back to the station',
    noStations: 'The village has no station and no share of one.',
    jointElsewhere: 'The ledger of a joint station is for officers of the county and the town.',
    unknown: '未知',
    provisional: '暂估',
    provisionalMeans: '暂估：部分日期为估算、缺数或未以关口表计量，或有电站尚未出账，结算后会以调整行更正。',
    details: {
      from: 'First day of the notice',
      days: 'Days (both ends counted)',
      contacts: 'Telephones for complaints',
      url: 'Address of the public page (QR code)',
    },
    contactsHint: 'office number; office number',
    detailsHint: 'What is left empty becomes a line to fill in by hand. Give office telephones, not those of persons.',
  },
}
