/** The places of the demonstration county: the few real ones by their real codes, and invented villages in invented towns. */

/** Cells of one line of a registry file by column; a column left out is an empty cell. */
export type Cells = Record<string, string>

/** `number` is the three digits in an invented village's name, empty for a real village. */
export type Village = { code: string; name: string; townCode: string; number: string }

/** 阚疃联建 is shared by so many villages. */
export const JOINT_VILLAGES = 175

const CITY = '341600000000'
export const COUNTY = '341623000000'
export const KANTUAN = '341623101000'
const XIPANLOU = '341623105000'

export const ZHANGLOU: Village = { code: '341623105220', name: '张楼村', townCode: XIPANLOU, number: '' }
export const WULI: Village = { code: '341623105001', name: '五里社区', townCode: XIPANLOU, number: '' }

const VILLAGES_PER_TOWN = 30
/** Far above the running numbers of the county's real towns (1xx). */
const FIRST_INVENTED_TOWN = 181

const inventedTown = (at: number): { code: string; name: string } => ({
  code: `341623${FIRST_INVENTED_TOWN + at}000`,
  name: `示范${String(at + 1).padStart(2, '0')}镇`,
})

/** Invented villages, 30 to an invented town; villagers' committees have the numbers from 200. */
export const demoVillages = (count: number): Village[] =>
  Array.from({ length: count }, (_, at) => {
    const townCode = inventedTown(Math.floor(at / VILLAGES_PER_TOWN)).code
    const number = String(at + 1).padStart(3, '0')
    return { code: `${townCode.slice(0, 9)}${200 + (at % VILLAGES_PER_TOWN)}`, name: `示范${number}村`, townCode, number }
  })

/** Lines of regions.csv: the way down from the city, the real places, the invented ones. */
export const regionRows = (invented: readonly Village[]): Cells[] => {
  const towns = Array.from({ length: Math.ceil(invented.length / VILLAGES_PER_TOWN) }, (_, at) => inventedTown(at))
  return [
    { code: CITY, name: '亳州市', level: 'city' },
    { code: COUNTY, name: '利辛县（示范）', level: 'county', parent_code: CITY },
    { code: KANTUAN, name: '阚疃镇', level: 'town', parent_code: COUNTY },
    { code: XIPANLOU, name: '西潘楼镇', level: 'town', parent_code: COUNTY },
    ...towns.map((town) => ({ ...town, level: 'town', parent_code: COUNTY })),
    ...[ZHANGLOU, WULI, ...invented].map(({ code, name, townCode }) => ({ code, name, level: 'village', parent_code: townCode })),
  ]
}
