import { useLocation } from 'preact-iso'
import { useState } from 'preact/hooks'

import type { DeliveriesView, DeliveryView, InboxView } from '../../functions/api-types-closings.ts'
import { closingsWords } from '../closings-words.ts'
import { FIRST_MONTH, dayOf, fullMoment, monthName } from '../format.ts'
import { useLive } from '../live.ts'
import { Answer, Empty } from '../parts/answer.tsx'
import { MonthPicker } from '../parts/month-picker.tsx'
import { regional } from '../region.ts'
import { send } from '../send.ts'
import { session } from '../session.ts'

/** 收件: reports of closed months as their village receives them, and for officers who has read them. */

const INBOX_MS = 30_000

const Item = ({ village, item }: { village: string; item: DeliveryView }) => {
  const text = closingsWords.value.inbox
  const { route } = useLocation()
  const href = `/villages/${encodeURIComponent(village)}/papers/month?month=${item.month}`
  const open = async (event: MouseEvent): Promise<void> => {
    event.preventDefault()
    // Unread stays what could not be said; the report opens all the same.
    if (item.readAtMs === null) await send<DeliveryView>('/api/closings/inbox', { village, month: item.month })
    route(href)
  }
  return (
    <li>
      <a href={href} onClick={(event) => void open(event)}>
        {text.report(monthName(item.month))}
      </a>
      {item.readAtMs === null && <strong class="stamp">{text.unread}</strong>}
      <span class="below">
        <bdi>
          {text.sent(fullMoment(item.deliveredAtMs))}
          {item.readAtMs !== null && ` · ${text.read(item.readBy ?? '', fullMoment(item.readAtMs))}`}
        </bdi>
      </span>
    </li>
  )
}

export const InboxPage = () => {
  const text = closingsWords.value.inbox
  const village = session.value?.principal.regionCode ?? ''
  const live = useLive<InboxView>('/api/closings/inbox', INBOX_MS)
  return (
    <>
      <div class="page-head">
        <h1>{text.title}</h1>
      </div>
      <section class="card">
        <Answer live={live} lines={6}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty>{text.empty}</Empty>
            ) : (
              <ul class="inbox">
                {items.map((item) => (
                  <Item key={item.month} village={village} item={item} />
                ))}
              </ul>
            )
          }
        </Answer>
      </section>
    </>
  )
}

const Table = ({ villages }: Pick<DeliveriesView, 'villages'>) => {
  const text = closingsWords.value.inbox
  const sent = villages.filter(({ delivery }) => delivery !== null).length
  const read = villages.filter(({ delivery }) => delivery !== null && delivery.readAtMs !== null).length
  return (
    <>
      <p>{text.counted(sent, read, villages.length)}</p>
      <table class="stacked">
        <thead>
          <tr>
            <th scope="col">{text.columns.village}</th>
            <th scope="col">{text.columns.sent}</th>
            <th scope="col">{text.columns.read}</th>
          </tr>
        </thead>
        <tbody>
          {villages.map(({ code, name, townName, delivery }) => (
            <tr key={code}>
              <th scope="row">
                {name}
                <span class="below">{townName}</span>
              </th>
              <td data-label={text.columns.sent}>{delivery ? fullMoment(delivery.deliveredAtMs) : text.notSent}</td>
              <td data-label={text.columns.read}>
                {delivery?.readAtMs ? <bdi>{text.read(delivery.readBy ?? '', fullMoment(delivery.readAtMs))}</bdi> : text.unread}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

/** For officers: to which villages a month's report was sent, and who has read it; to be printed. */
export const DeliveriesPage = () => {
  const text = closingsWords.value.inbox
  const [month, setMonth] = useState<string | undefined>(undefined)
  const live = useLive<DeliveriesView>(
    regional('/api/closings/deliveries', 'county', month === undefined ? {} : { month }),
    INBOX_MS,
  )
  return (
    <>
      <div class="page-head">
        <h1>{text.deliveries}</h1>
        <div class="picker screen-only">
          <MonthPicker
            label={text.month}
            month={month ?? live.view?.month ?? dayOf(Date.now()).slice(0, 7)}
            first={FIRST_MONTH}
            last={dayOf(Date.now()).slice(0, 7)}
            onPick={setMonth}
          />
          <button type="button" onClick={() => window.print()}>
            {text.print}
          </button>
        </div>
      </div>
      <section class="card">
        <Answer live={live} lines={8}>
          {(view) => (
            <>
              <h2>
                {view.region.name} · {monthName(view.month)}
              </h2>
              <Table villages={view.villages} />
            </>
          )}
        </Answer>
      </section>
    </>
  )
}
