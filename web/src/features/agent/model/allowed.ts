/** Which state button works when, and what to say when it does not. One table, no effects. */
import type { AgentStateName, Reason } from '@/lib/api/types';
import type { LiveAgent } from '@/live/types';

export type Verb = 'sign_in' | 'sign_out' | 'ready' | 'not_ready' | 'away' | 'finish_wrap_up';
export type Hindrance = 'sign_in_first' | 'ready_after' | 'already_ready' | 'not_in_wrap_up' | 'lost';
export type Standing = Pick<LiveAgent, 'state' | 'reason' | 'pending_state' | 'pending_reason'>;

const atWork: readonly AgentStateName[] = ['ringing', 'dialling', 'talking', 'holding', 'consulting', 'wrap_up'];

/** What the agent chose for after the work; to become idle needs no choice. */
export const hasPlan = ({ pending_state: pending }: Pick<Standing, 'pending_state'>): boolean => pending === 'not_ready' || pending === 'signed_out';

/** null: the verb works, at once or after the work. `lost`: the state on the screen is not sure. */
export function hindrance(verb: Verb, agent: Standing, lost: boolean): Hindrance | null {
  if (lost) return 'lost';
  if (verb === 'sign_in') return null;
  if (agent.state === 'signed_out') return 'sign_in_first';
  if (verb === 'finish_wrap_up') return agent.state === 'wrap_up' ? null : 'not_in_wrap_up';
  if (verb !== 'ready') return null;
  if (agent.state === 'idle') return 'already_ready';
  return atWork.includes(agent.state) && !hasPlan(agent) ? 'ready_after' : null;
}

/** Is this what comes after the work? */
export function isPlanned(verb: Verb, { pending_state: pending, pending_reason: reason }: Standing): boolean {
  if (verb === 'sign_out') return pending === 'signed_out';
  if (pending !== 'not_ready') return false;
  return verb === 'away' ? reason === 'away' : verb === 'not_ready' && reason !== 'away';
}

/** Reasons in the menu of "not ready"; away has its own button, the rest is set by the system or a supervisor. */
export const isOffered = (reason: Pick<Reason, 'id' | 'is_choosable'>): boolean => reason.is_choosable && reason.id !== 'away';
