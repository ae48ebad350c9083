import { describe, expect, it } from 'vitest';
import type { AgentStateName } from '@/live/types';
import { hindrance, isChoosable } from './allowed';
import { keyedPath } from './keyed-path';

describe('state buttons', () => {
  it('tell why they do not work', () => {
    expect(hindrance('ready', 'signed_out', false)).toBe('sign_in_first');
    expect(hindrance('ready', 'idle', false)).toBe('already_ready');
    expect(hindrance('away', 'talking', false)).toBe('in_call');
    expect(hindrance('finish_wrap_up', 'idle', false)).toBe('not_in_wrap_up');
  });
  it('work where the agent needs them', () => {
    expect(hindrance('ready', 'not_ready', false)).toBeNull();
    expect(hindrance('not_ready', 'wrap_up', false)).toBeNull();
    expect(hindrance('finish_wrap_up', 'wrap_up', false)).toBeNull();
    expect(hindrance('sign_in', 'signed_out', false)).toBeNull();
  });
  it('never act on a state that is not sure', () => {
    const states: AgentStateName[] = ['signed_out', 'idle', 'talking', 'wrap_up', 'not_ready'];
    for (const state of states) expect(hindrance('ready', state, true)).toBe('lost');
  });
  it('offer no reason that only the system gives', () => {
    expect(isChoosable('break')).toBe(true);
    expect(isChoosable('missed_offer')).toBe(false);
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
