import { describe, expect, it } from 'vitest';
import { agent, picture } from '@/testing/live';
import { reasonOf, signOf, wordOf } from './agent-state';
import { fourCounters } from './selectors';

describe('the sign of a state', () => {
  it('makes away of the reason away alone', () => {
    expect(signOf({ state: 'not_ready', reason: 'away' })).toBe('away');
    expect(wordOf({ state: 'not_ready', reason: 'away' })).toBe('away');
    expect(signOf({ state: 'not_ready', reason: 'break' })).toBe('busy');
    expect(reasonOf({ state: 'not_ready', reason: 'break' })).toBe('break');
  });
  it('shows an unknown state as offline rather than failing', () => {
    expect(signOf({ state: 'dreaming' as never, reason: null })).toBe('offline');
  });
});

describe('the four counters', () => {
  it('count signed in, ready, away and waiting', () => {
    const state = picture({
      agents: { a: agent({ id: 'a' }), b: agent({ id: 'b', state: 'signed_out' }), c: agent({ id: 'c', state: 'not_ready', reason: 'away' }), d: agent({ id: 'd', state: 'not_ready', reason: 'meal' }) },
      queues: { q: { id: 'q', name: 'Q', name_en: null, waiting: 3, longest_wait_since: null, estimated_wait_s: null, ready: 1, signed_in: 3, answered_today: 0, abandoned_today: 0, callers: [] } },
    });
    expect(fourCounters(state)).toEqual({ signedIn: 3, idle: 1, away: 1, waiting: 3 });
  });
});
