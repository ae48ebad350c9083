/** Segments as lanes on one clock. Pure. */
import type { Segment } from '@/lib/api/types';

export interface Bar { segment: Segment; left: number; width: number; lengthMs: number; open: boolean }
export interface Lane { id: string; name: string | null; timeline: 'customer' | 'agent'; bars: Bar[] }
export interface Timeline { fromMs: number; toMs: number; lanes: Lane[]; ticks: number[] }

const tickCount = 5;

/** `left` and `width` are shares of the whole, 0 to 1. Open segments run until now. */
export function lanesOf(segments: Segment[], arrivedAt: string, endedAt: string | null, nowMs: number): Timeline {
  const fromMs = Math.min(Date.parse(arrivedAt), ...segments.map((one) => Date.parse(one.started_at)));
  const ends = segments.map((one) => (one.ended_at ? Date.parse(one.ended_at) : nowMs));
  const toMs = Math.max(fromMs + 1000, endedAt ? Date.parse(endedAt) : nowMs, ...ends);
  const span = toMs - fromMs;
  const lanes = new Map<string, Lane>();
  for (const segment of [...segments].sort((a, b) => a.started_at.localeCompare(b.started_at))) {
    const id = `${segment.timeline}:${segment.timeline === 'customer' ? '' : segment.party_id}`;
    const lane = lanes.get(id) ?? { id, name: segment.party_name, timeline: segment.timeline, bars: [] };
    const start = Date.parse(segment.started_at);
    const end = segment.ended_at ? Date.parse(segment.ended_at) : nowMs;
    lane.bars.push({ segment, left: (start - fromMs) / span, width: Math.max(0, end - start) / span, lengthMs: Math.max(0, end - start), open: !segment.ended_at });
    lanes.set(id, lane);
  }
  const sorted = [...lanes.values()].sort((a, b) => Number(a.timeline === 'agent') - Number(b.timeline === 'agent'));
  const ticks = Array.from({ length: tickCount }, (_, index) => fromMs + (span * index) / (tickCount - 1));
  return { fromMs, toMs, lanes: sorted, ticks };
}

/** Keys pressed in a row inside one node are one entry: 3 3 0 8 #. */
export interface KeyGroup { at: string; digits: string; node: string | null }
export function groupKeys(keys: { at: string; digit: string; node: string | null }[], pauseMs = 6000): KeyGroup[] {
  const groups: (KeyGroup & { last: number })[] = [];
  for (const key of keys) {
    const at = Date.parse(key.at);
    const open = groups.at(-1);
    if (open && open.node === key.node && at - open.last < pauseMs) {
      open.digits += key.digit;
      open.last = at;
    } else groups.push({ at: key.at, digits: key.digit, node: key.node, last: at });
  }
  return groups.map(({ at, digits, node }) => ({ at, digits, node }));
}
