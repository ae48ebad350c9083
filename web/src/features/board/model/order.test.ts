import { describe, expect, it } from 'vitest';
import { agent } from '@/testing/live';
import { byNeed, matches, needsAttention } from './order';

const now = Date.parse('2026-11-22T06:30:00Z');
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

describe('the order of agents', () => {
  it('puts those over a limit first and the signed out last', () => {
    const list = [
      agent({ id: 'out', state: 'signed_out', since: ago(500) }), agent({ id: 'idle', since: ago(20) }), agent({ id: 'talk', state: 'talking', since: ago(2) }),
      agent({ id: 'long', state: 'talking', since: ago(11) }), agent({ id: 'missed', state: 'not_ready', reason: 'missed_offer', since: ago(1) }),
    ];
    expect(list.sort(byNeed(now)).map((one) => one.id)).toEqual(['long', 'missed', 'talk', 'idle', 'out']);
  });
  it('does not hurry a training', () => {
    expect(needsAttention(agent({ state: 'not_ready', reason: 'training', since: ago(90) }), now)).toBe(false);
    expect(needsAttention(agent({ state: 'not_ready', reason: 'break', since: ago(16) }), now)).toBe(true);
  });
  it('finds by name and number', () => {
    expect(matches(agent({}), 'li m')).toBe(true);
    expect(matches(agent({}), '8001')).toBe(true);
    expect(matches(agent({}), '9')).toBe(false);
  });
});
