import { describe, expect, test } from 'vitest'
import {
  covers,
  handles,
  mayRead,
  type Principal,
  RESOURCES,
  type Role,
  roleFits,
  ROLES,
  WHOLE_COUNTRY,
} from '../../domain/access.ts'

const CITY = '520300000000'
const COUNTY = '520325000000'
const TOWN = '520325101000'
const VILLAGE = '520325101200'
const path = [VILLAGE, TOWN, COUNTY, CITY]
const neighbourPath = ['520325101201', TOWN, COUNTY, CITY]
const elsewherePath = ['520326101200', '520326101000', '520326000000', CITY]

const aPrincipal = (role: Role, regionCode: string): Principal => ({ userName: 'demo', role, regionCode })

describe('covers', () => {
  test.each([[VILLAGE], [TOWN], [COUNTY], [CITY], [WHOLE_COUNTRY]])(
    'scope %s holds the village on whose way up it lies',
    (scope) => {
      expect(covers(scope, path)).toBe(true)
    },
  )

  test('a county does not hold the village of another county, whatever the digits', () => {
    expect(covers(COUNTY, elsewherePath)).toBe(false)
    expect(covers('520325', path)).toBe(false)
    expect(covers('52032510', path)).toBe(false)
    expect(covers('', path)).toBe(false)
  })

  test('a village that moved is held by its new county and no longer by the one its digits name', () => {
    const moved = [VILLAGE, '520326101000', '520326000000', CITY]
    expect(covers(COUNTY, moved)).toBe(false)
    expect(covers('520326000000', moved)).toBe(true)
  })

  test('a region nobody knows is in nobody’s scope, not even the whole country’s', () => {
    expect(covers(WHOLE_COUNTRY, [])).toBe(false)
    expect(covers(COUNTY, [])).toBe(false)
  })
})

describe('mayRead', () => {
  const readable = (role: Role) => RESOURCES.filter((resource) => mayRead(aPrincipal(role, COUNTY), resource, path))

  test('a role reads what it is granted and nothing else', () => {
    expect(readable('administrator')).toEqual(RESOURCES)
    expect(readable('county_officer')).toEqual(RESOURCES.filter((resource) => resource !== 'registry'))
    expect(readable('operator')).toEqual(['region', 'station', 'generation', 'alert', 'quarantine'])
  })

  test('an operator sees neither households nor income', () => {
    expect(handles('operator', 'household')).toBe(false)
    expect(handles('operator', 'income')).toBe(false)
  })

  test('nobody reads anything of another county', () => {
    for (const role of ROLES) {
      for (const resource of RESOURCES) expect(mayRead(aPrincipal(role, COUNTY), resource, elsewherePath)).toBe(false)
    }
  })

  test('a village accountant reads the own village, not the neighbour’s and not the town', () => {
    const accountant = aPrincipal('village_accountant', VILLAGE)
    expect(mayRead(accountant, 'household', path)).toBe(true)
    expect(mayRead(accountant, 'household', neighbourPath)).toBe(false)
    expect(mayRead(accountant, 'income', [TOWN, COUNTY, CITY])).toBe(false)
    expect(mayRead(accountant, 'quarantine', path)).toBe(false)
  })

  test('a village accountant who was given a larger region by mistake reads nothing of its villages', () => {
    expect(mayRead(aPrincipal('village_accountant', COUNTY), 'household', path)).toBe(false)
    expect(mayRead(aPrincipal('village_accountant', WHOLE_COUNTRY), 'household', path)).toBe(false)
  })
})

test('a village accountant has a village and every other role a larger region', () => {
  expect(roleFits('village_accountant', 'village')).toBe(true)
  expect(roleFits('village_accountant', 'town')).toBe(false)
  expect(roleFits('county_officer', 'county')).toBe(true)
  expect(roleFits('operator', 'village')).toBe(false)
  expect(roleFits('administrator', 'country')).toBe(true)
})
