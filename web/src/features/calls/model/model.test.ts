import { describe, expect, it } from 'vitest';
import type { Segment } from '@/lib/api/types';
import { isNarrowed, parseFilter, toQuery } from './filter';
import { groupKeys, lanesOf } from './timeline';
import { barsPath, toBars } from './wave';

const midnight = Date.parse('2026-11-21T16:00:00Z');

describe('the filter in the address', () => {
  it('drops what is not lawful', () => {
    expect(parseFilter({ period: 'week', direction: 'sideways', result: 'answered', number: 138, from: 'never', evil: 1 })).toEqual({ period: 'week', result: 'answered', number: '138' });
  });
  it('becomes a span that begins at the site’s midnight', () => {
    expect(toQuery({}, midnight).from).toBe('2026-11-21T16:00:00.000Z');
    expect(toQuery({ period: 'yesterday' }, midnight)).toMatchObject({ from: '2026-11-20T16:00:00.000Z', to: '2026-11-21T16:00:00.000Z' });
    expect(toQuery({ period: 'all', number: '138 7156-2043', queue: 'q' }, midnight)).toMatchObject({ number: '13871562043', queue_id: 'q' });
  });
  it('knows whether more than the time is narrowed', () => {
    expect(isNarrowed({ period: 'today' })).toBe(false);
    expect(isNarrowed({ agent: 'a' })).toBe(true);
  });
});

const segment = (change: Partial<Segment>): Segment => ({ timeline: 'customer', party_id: 'c', party_name: null, kind: 'talk', started_at: '2026-11-22T06:00:00Z', ended_at: '2026-11-22T06:01:00Z', ...change });

describe('the timeline', () => {
  it('puts the customer first and all lanes on one clock', () => {
    const { lanes, ticks } = lanesOf([
      segment({ timeline: 'agent', party_id: 'a', party_name: '8012', started_at: '2026-11-22T06:01:00Z', ended_at: '2026-11-22T06:02:00Z', kind: 'wrap_up' }),
      segment({}),
    ], '2026-11-22T06:00:00Z', '2026-11-22T06:01:00Z', 0);
    expect(lanes.map((lane) => lane.timeline)).toEqual(['customer', 'agent']);
    expect(lanes[1]?.bars[0]).toMatchObject({ left: 0.5, width: 0.5, lengthMs: 60_000, open: false });
    expect(ticks).toHaveLength(5);
  });
  it('lets an open segment run until now', () => {
    const { lanes } = lanesOf([segment({ ended_at: null })], '2026-11-22T06:00:00Z', null, Date.parse('2026-11-22T06:00:30Z'));
    expect(lanes[0]?.bars[0]).toMatchObject({ width: 1, lengthMs: 30_000, open: true });
  });
  it('stands a call without segments', () => {
    expect(lanesOf([], '2026-11-22T06:00:00Z', null, Date.parse('2026-11-22T06:00:05Z')).lanes).toEqual([]);
  });
});

describe('keys', () => {
  it('of one node and one breath are one entry', () => {
    const keys = [['1', 'menu', 0], ['2', 'account', 2], ['3', 'account', 2.4], ['#', 'account', 20]] as const;
    expect(groupKeys(keys.map(([digit, node, s]) => ({ digit, node, at: new Date(s * 1000).toISOString() }))).map((one) => one.digits)).toEqual(['1', '23', '#']);
  });
});

describe('the waveform', () => {
  it('keeps the loudest of each part', () => {
    expect(toBars([0, 0.2, 0.9, 0.1], 2)).toEqual([0.2, 0.9]);
    expect(toBars([0.5], 10)).toEqual([0.5]);
  });
  it('draws up and down from the middle', () => {
    expect(barsPath([1], 'up')).toBe('M0.5 35v-33.0');
    expect(barsPath([0, 1], 'down')).toBe('M0.5 37v0.8M1.5 37v33.0');
  });
});
