import { describe, expect, it } from 'vitest';
import type { AgentStateName } from '@/lib/api/types';
import { hindrance, isOffered, isPlanned, type Standing } from './allowed';
import { keyedPath } from './keyed-path';

const at = (state: AgentStateName, pending: Partial<Standing> = {}): Standing => ({ state, reason: null, pending_state: null, pending_reason: null, ...pending });

describe('state buttons', () => {
  it('tell why they do not work', () => {
    expect(hindrance('ready', at('signed_out'), false)).toBe('sign_in_first');
    expect(hindrance('ready', at('idle'), false)).toBe('already_ready');
    expect(hindrance('ready', at('talking'), false)).toBe('ready_after');
    expect(hindrance('finish_wrap_up', at('idle'), false)).toBe('not_in_wrap_up');
  });
  it('work where the agent needs them', () => {
    expect(hindrance('ready', at('not_ready'), false)).toBeNull();
    expect(hindrance('finish_wrap_up', at('wrap_up'), false)).toBeNull();
    expect(hindrance('sign_in', at('signed_out'), false)).toBeNull();
  });
  it('plan for after the call, and ready takes the plan back', () => {
    for (const verb of ['not_ready', 'away', 'sign_out'] as const) expect(hindrance(verb, at('talking'), false)).toBeNull();
    const planned = at('talking', { pending_state: 'not_ready', pending_reason: 'away' });
    expect(hindrance('ready', planned, false)).toBeNull();
    expect((['not_ready', 'away', 'sign_out'] as const).filter((verb) => isPlanned(verb, planned))).toEqual(['away']);
    expect(isPlanned('not_ready', at('talking', { pending_state: 'idle' }))).toBe(false);
  });
  it('never act on a state that is not sure', () => {
    const states: AgentStateName[] = ['signed_out', 'idle', 'talking', 'wrap_up', 'not_ready'];
    for (const state of states) expect(hindrance('ready', at(state), true)).toBe('lost');
  });
  it('offer no reason that only the system gives, nor away twice', () => {
    expect(isOffered({ id: 'break', is_choosable: true })).toBe(true);
    expect(isOffered({ id: 'away', is_choosable: true })).toBe(false);
    expect(isOffered({ id: 'missed_offer', is_choosable: false })).toBe(false);
  });
});

describe('what the caller keyed', () => {
  it('is a path of nodes with their digits', () => {
    const path = [{ at: '', node_id: 'm', node_kind: 'menu', label: 'Main menu', exit: '2' }];
    const keys = [{ at: '', digit: '2', node: 'm', method: 'rfc4733' }, { at: '', digit: '7', node: null, method: 'rfc4733' }, { at: '', digit: '8', node: null, method: 'rfc4733' }];
    expect(keyedPath({ keys, path })).toEqual([{ digits: '2', label: 'Main menu' }, { digits: '7', label: null }, { digits: '8', label: null }]);
    expect(keyedPath(undefined)).toEqual([]);
  });
});
