/** Questions the pages ask of the live picture. */
import { useMemo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { signOf, type StateSign } from './agent-state';
import { useLiveStore } from './store';
import type { LiveAgent, LiveCall, LiveState } from './types';

export const useConnection = () => useLiveStore((live) => live.connection);

/** Not sure any more: values are to be greyed. */
export const useStale = () => useLiveStore((live) => live.connection === 'lost');

export const useLiveAgent = (id: string | null | undefined): LiveAgent | null =>
  useLiveStore((live) => (id ? live.state?.agents[id] ?? null : null));

export const useLiveCall = (id: string | null | undefined): LiveCall | null =>
  useLiveStore((live) => (id ? live.state?.calls[id] ?? null : null));

type Part = 'calls' | 'queues' | 'agents' | 'lines';

/** All entries of one part; null while nothing has been seen yet. */
export function useLiveList<Name extends Part>(part: Name): LiveState[Name][string][] | null {
  const record = useLiveStore((live) => live.state?.[part] ?? null);
  return useMemo(() => (record ? (Object.values(record) as LiveState[Name][string][]) : null), [record]);
}

export interface FourCounters { signedIn: number; idle: number; away: number; waiting: number }

/** The four counters of the call bar. */
export function fourCounters(state: LiveState): FourCounters {
  const agents = Object.values(state.agents);
  return {
    signedIn: agents.filter((agent) => agent.state !== 'signed_out').length,
    idle: agents.filter((agent) => agent.state === 'idle').length,
    away: agents.filter((agent) => agent.state === 'not_ready' && agent.reason === 'away').length,
    waiting: Object.values(state.queues).reduce((sum, queue) => sum + queue.waiting, 0),
  };
}

export const useFourCounters = (): FourCounters | null =>
  useLiveStore(useShallow((live) => (live.state ? fourCounters(live.state) : null)));

/** How many agents show each sign. */
export function signCounts(agents: LiveAgent[]): Record<StateSign, number> {
  const counts: Record<StateSign, number> = { ready: 0, ringing: 0, talking: 0, hold: 0, wrapup: 0, busy: 0, away: 0, offline: 0 };
  for (const agent of agents) counts[signOf(agent)] += 1;
  return counts;
}
