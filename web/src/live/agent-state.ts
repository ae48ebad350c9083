/** From the server's state of an agent to the sign on the screen (shape, colour, word). */
import type { AgentStateName, LiveAgent } from './types';

export type StateSign = 'ready' | 'ringing' | 'talking' | 'hold' | 'wrapup' | 'busy' | 'away' | 'offline';

const signs: Record<AgentStateName, StateSign> = {
  signed_out: 'offline', idle: 'ready', ringing: 'ringing', dialling: 'ringing', talking: 'talking', holding: 'hold', consulting: 'hold', wrap_up: 'wrapup', not_ready: 'busy',
};

/** `away` is the reason alone; every other reason is "not ready". */
export function signOf(agent: Pick<LiveAgent, 'state' | 'reason'>): StateSign {
  if (agent.state === 'not_ready' && agent.reason === 'away') return 'away';
  return signs[agent.state] ?? 'offline';
}

/** The word of the state, as a key of the catalogue. */
export function wordOf(agent: Pick<LiveAgent, 'state' | 'reason'>): AgentStateName | 'away' {
  return agent.state === 'not_ready' && agent.reason === 'away' ? 'away' : agent.state;
}

/** The reason that follows the word, where it says more than the word. */
export function reasonOf(agent: Pick<LiveAgent, 'state' | 'reason'>): string | null {
  return agent.state === 'not_ready' && agent.reason !== 'away' ? agent.reason : null;
}

/** What the agent chose for after the work, as a key of the catalogue; becoming idle is no choice. */
export function planOf(agent: Pick<LiveAgent, 'pending_state' | 'pending_reason'>): string | null {
  if (agent.pending_state === 'signed_out') return 'signed_out';
  return agent.pending_state === 'not_ready' ? agent.pending_reason ?? 'busy' : null;
}

/** The order of states in the bar and its legend. */
export const signOrder: readonly StateSign[] = ['talking', 'ringing', 'hold', 'wrapup', 'ready', 'busy', 'away'];
