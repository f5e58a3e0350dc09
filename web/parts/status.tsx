import type { StationStatus } from '../../domain/overview.ts'
import { words } from '../language.ts'

/** A status is never colour alone: a shape, a word and a colour. */

const SHAPES: Record<StationStatus, string> = {
  normal: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-1 10L3.800 7.900l1.300-1.300L7 8.400l4-4 1.300 1.300Z',
  warning: 'M8 1 0.500 14.500h15Zm-.9 4.800h1.800v4.500H7.100Zm0 5.700h1.800v1.700H7.100Z',
  fault:
    'M5 1h6l4 4v6l-4 4H5l-4-4V5Zm.600 3.300L4.300 5.600 6.700 8l-2.400 2.400 1.300 1.300L8 9.300l2.400 2.400 1.300-1.300L9.300 8l2.400-2.400-1.300-1.300L8 6.700Z',
  offline: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1ZM4 7h8v2H4Z',
  quiet: 'M10.500 1.600A7 7 0 1 0 14.600 10 5.600 5.600 0 0 1 10.500 1.600Z',
  unseen: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 2a5 5 0 1 1 0 10A5 5 0 0 1 8 3Z',
}

export const StatusIcon = ({ status }: { status: StationStatus }) => (
  <svg class="status-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path fill="currentColor" fill-rule="evenodd" d={SHAPES[status]} />
  </svg>
)

export const StatusBadge = ({ status }: { status: StationStatus }) => (
  <span class={`status status-${status}`}>
    <StatusIcon status={status} />
    {words.value.status[status]}
  </span>
)
