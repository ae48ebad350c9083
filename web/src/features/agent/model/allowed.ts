/** Which state button works when, and what to say when it does not. One table, no effects. */
import type { AgentStateName } from '@/live/types';

export type Verb = 'sign_in' | 'sign_out' | 'ready' | 'not_ready' | 'away' | 'finish_wrap_up';
export type Hindrance = 'sign_in_first' | 'in_call' | 'already_ready' | 'not_in_wrap_up' | 'lost' | 'finish_first';

const inCall: readonly AgentStateName[] = ['ringing', 'dialling', 'talking', 'holding', 'consulting'];

/** null: the verb works now. `lost`: the state on the screen is not sure. */
export function hindrance(verb: Verb, state: AgentStateName, lost: boolean): Hindrance | null {
  if (lost) return 'lost';
  if (verb === 'sign_in') return null;
  if (state === 'signed_out') return 'sign_in_first';
  if (verb === 'finish_wrap_up') return state === 'wrap_up' ? null : 'not_in_wrap_up';
  if (inCall.includes(state)) return 'in_call';
  if (verb === 'ready') {
    if (state === 'wrap_up') return 'finish_first';
    return state === 'idle' ? 'already_ready' : null;
  }
  return null;
}

/** Reasons offered to the agent; the rest is set by the system or a supervisor. */
const systemReasons = ['missed_offer', 'forced', 'device'];
export const isChoosable = (code: string): boolean => !systemReasons.includes(code) && code !== 'away';
