/** Builders of live pictures for tests. */
import type { LiveAgent, LiveState } from '@/live/types';

export const agent = (change: Partial<LiveAgent> = {}): LiveAgent => ({
  id: 'a-1', name: 'Li Min', agent_number: '8001', extension: '2001', state: 'idle', reason: null, since: '2026-11-22T06:00:00.000Z',
  call_id: null, queue_id: null, wrap_up_ends_at: null, pending_state: null, pending_reason: null, answered_today: 0, missed_today: 0, ...change,
});

export const picture = (change: Partial<LiveState> = {}): LiveState => ({
  calls: {}, queues: {}, agents: { 'a-1': agent() }, lines: {},
  figures: { calls_now: 0, calls_today: 0, answered_today: 0, abandoned_today: 0, service_level: null, average_wait_ms: null }, ...change,
});
