/** Filters of the call list live in the address. */
import type { CallFilter } from '@/lib/api/types';
import { callResults } from '@/lib/api/types';

export const periods = ['today', 'yesterday', 'week', 'all', 'custom'] as const;
export type Period = (typeof periods)[number];

export interface CallSearch {
  period?: Period; from?: string; to?: string; number?: string; direction?: string; result?: string; queue?: string; agent?: string; cursor?: string;
}

const directions = ['inbound', 'outbound', 'internal'];
const text = (value: unknown, max = 80): string | undefined => {
  const found = typeof value === 'number' ? String(value) : value;
  return typeof found === 'string' && found.trim() !== '' && found.length <= max ? found.trim() : undefined;
};
const oneOf = (value: unknown, allowed: readonly string[]) => (typeof value === 'string' && allowed.includes(value) ? value : undefined);
const instant = (value: unknown) => (typeof value === 'string' && Number.isFinite(Date.parse(value)) ? value : undefined);

/** Whatever stands in the address becomes a lawful filter; nonsense is dropped. */
export function parseFilter(search: Record<string, unknown>): CallSearch {
  const found: CallSearch = {
    period: oneOf(search.period, periods) as Period | undefined,
    from: instant(search.from), to: instant(search.to), number: text(search.number, 32),
    direction: oneOf(search.direction, directions), result: oneOf(search.result, callResults),
    queue: text(search.queue), agent: text(search.agent), cursor: text(search.cursor, 400),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as CallSearch;
}

const dayMs = 86_400_000;

/** Start inclusive, end exclusive. `midnight` is today's start in milliseconds. */
export function toQuery(search: CallSearch, midnight: number): CallFilter {
  const iso = (ms: number) => new Date(ms).toISOString();
  const period = search.period ?? 'today';
  const span: Record<Period, { from?: string; to?: string }> = {
    today: { from: iso(midnight) }, yesterday: { from: iso(midnight - dayMs), to: iso(midnight) }, week: { from: iso(midnight - 6 * dayMs) },
    all: {}, custom: { from: search.from, to: search.to },
  };
  return {
    ...span[period], number: search.number?.replace(/[\s-]/g, ''), direction: search.direction, result: search.result,
    queue_id: search.queue, agent_id: search.agent, cursor: search.cursor,
  };
}

/** Is anything but the time narrowed? */
export const isNarrowed = ({ number, direction, result, queue, agent }: CallSearch): boolean => Boolean(number ?? direction ?? result ?? queue ?? agent);
