import type { ChinaDay } from '../domain/calendar.ts'
import type { Cells } from './demo-regions.ts'

/** What stations of the demonstration county pay, and earn beside energy; the papers named are invented, but for what they quote. */

/** Area per capacity as built at Wuli, and the worked example's rent per mu, insurance and rates. */
const MU_PER_KW = 4.5 / 187.2
const RENT_YUAN_PER_MU = 800
const INSURANCE_YUAN_PER_KW = 1_000 / 187.2

type Paying = { stationId: string; commissionedOn: ChinaDay; dcKw: number }

export const demoDeductions = ({ stationId, commissionedOn, dcKw }: Paying): Cells[] => {
  const line = { station_id: stationId, valid_from: commissionedOn }
  const rent = (dcKw * MU_PER_KW * RENT_YUAN_PER_MU).toFixed(2)
  return [
    { ...line, kind: 'land_rent', amount_yuan_per_year: rent, document: '示范数据：土地租金 800 元/亩·年' },
    { ...line, kind: 'operation', rate_percent: '2.9', document: '示范数据：运维费 2.9%' },
    { ...line, kind: 'insurance', amount_yuan_per_year: (dcKw * INSURANCE_YUAN_PER_KW).toFixed(2), document: '示范数据：保险' },
    { ...line, kind: 'reserve', rate_percent: '2', document: '示范数据：电站养老金 2%' },
  ]
}

/** One station has fungi grown under its panels. */
export const demoIncomes = (stationId: string): Cells[] => [
  {
    station_id: stationId,
    stream: 'farming',
    valid_from: '2018-01-01',
    amount_yuan_per_year: '4800',
    document: '示范数据：板下食用菌种植协议',
  },
]

export const demoRegionDeductions = (countyCode: string, villageCode: string): Cells[] => [
  {
    region_code: countyCode,
    kind: 'insurance',
    valid_from: '2020-01-01',
    amount_yuan_per_year: '36000',
    document: '示范数据：全县电站公众责任险统一投保',
  },
  {
    region_code: villageCode,
    kind: 'other',
    valid_from: '2022-01-01',
    amount_yuan_per_year: '600',
    document: '示范数据：村务公示印制费，村民代表大会决议',
  },
]

/** Small taxpayers owe nothing up to 100,000 yuan a month, and 1 % else; who the taxpayer is, is invented. */
export const demoVatRules = (countyCode: string): Cells[] =>
  ['village', 'joint'].map((kind) => ({
    county_code: countyCode,
    station_kind: kind,
    valid_from: '2023-01-01',
    valid_to: '2028-01-01',
    per: 'month',
    exempt_up_to_yuan: '100000',
    rate_percent: '1',
    document: '财政部 税务总局公告2023年第19号',
  }))

export const demoDueRules = (countyCode: string): Cells[] => [
  {
    county_code: countyCode,
    stream: 'subsidy',
    from_year: '2017',
    years_later: '1',
    due_on: '03-31',
    document: '国开办发〔2017〕61号',
  },
]
