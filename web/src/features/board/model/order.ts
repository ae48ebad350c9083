/** What a supervisor should see first, and the limits behind it. Pure. */
import { signOf, signOrder } from '@/live/agent-state';
import type { LiveAgent, LiveCall, LiveQueue } from '@/live/types';

/** Until limits are settings of the queue, these are the ones of the design guide. */
export const limits = { talkMs: 10 * 60_000, holdMs: 60_000, wrapUpMs: 120_000, breakMs: 10 * 60_000, waitMs: 60_000, ringMs: 20_000 } as const;

/** The limit of the state an agent is in, if it has one. */
export function limitOf(agent: Pick<LiveAgent, 'state' | 'reason'>): number | undefined {
  switch (agent.state) {
    case 'talking': return limits.talkMs;
    case 'holding': return limits.holdMs;
    case 'wrap_up': return limits.wrapUpMs;
    case 'ringing': return limits.ringMs;
    case 'not_ready': return agent.reason === 'break' || agent.reason === 'away' || agent.reason === 'missed_offer' ? limits.breakMs : undefined;
    default: return undefined;
  }
}

/** Over the limit, or set not ready by an unanswered call. */
export function needsAttention(agent: LiveAgent, nowMs: number): boolean {
  if (agent.state === 'not_ready' && (agent.reason === 'missed_offer' || agent.reason === 'device')) return true;
  const limit = limitOf(agent);
  return limit !== undefined && nowMs - Date.parse(agent.since) > limit;
}

/** Attention first, then by state, then the longest time first; signed out last. */
export function byNeed(nowMs: number) {
  const rank = (agent: LiveAgent) => {
    if (agent.state === 'signed_out') return 99;
    return needsAttention(agent, nowMs) ? -1 : signOrder.indexOf(signOf(agent));
  };
  return (a: LiveAgent, b: LiveAgent) => rank(a) - rank(b)
    || (a.state === 'signed_out' ? (a.agent_number ?? '').localeCompare(b.agent_number ?? '') : 0) || Date.parse(a.since) - Date.parse(b.since) || a.id.localeCompare(b.id);
}

export function matches(agent: LiveAgent, search: string): boolean {
  const text = search.trim().toLowerCase();
  return !text || agent.name.toLowerCase().includes(text) || Boolean(agent.agent_number?.includes(text)) || Boolean(agent.extension?.includes(text));
}

export const byArrival = (a: LiveCall, b: LiveCall) => a.arrived_at.localeCompare(b.arrived_at) || a.id.localeCompare(b.id);
export const byWaiting = (a: LiveQueue, b: LiveQueue) => b.waiting - a.waiting || a.name.localeCompare(b.name);
