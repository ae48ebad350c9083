import { describe, expect, it } from 'vitest';
import { agent, picture } from '@/testing/live';
import { applyMessage, applyPatch } from './reducer';
import type { ServerMessage } from './types';

const facts = (from: number, seq: number, patch: { path: string[]; value: unknown }[] = []): ServerMessage => ({ type: 'facts', from, seq, facts: [], patch });

describe('a live picture', () => {
  it('sets and deletes at a path and leaves the other branches the same objects', () => {
    const before = picture();
    const after = applyPatch(before, [{ path: ['calls', 'c-1'], value: { id: 'c-1', phase: 'flow' } }]);
    expect(after.calls['c-1']?.phase).toBe('flow');
    expect(after.agents).toBe(before.agents);
    expect(before.calls).toEqual({});
    const gone = applyPatch(after, [{ path: ['calls', 'c-1'], value: null }]);
    expect(gone.calls).toEqual({});
  });

  it('reaches into one entry', () => {
    const after = applyPatch(picture(), [{ path: ['agents', 'a-1', 'state'], value: 'talking' }]);
    expect(after.agents['a-1']).toEqual(agent({ state: 'talking' }));
  });

  it('deletes nothing where nothing stands, and never touches a prototype', () => {
    const before = picture();
    expect(applyPatch(before, [{ path: ['calls', 'c-9', 'phase'], value: null }]).calls).toEqual({});
    applyPatch(before, [{ path: ['__proto__', 'hurt'], value: true }]);
    expect(({} as Record<string, unknown>).hurt).toBeUndefined();
  });

  it('starts from a snapshot and follows facts without a gap', () => {
    const first = applyMessage(null, { type: 'snapshot', seq: 10, state: picture(), server_now: '' });
    expect(first.kind).toBe('picture');
    const next = applyMessage({ seq: 10, state: picture() }, facts(11, 12));
    expect(next).toMatchObject({ kind: 'picture', picture: { seq: 12 } });
  });

  it('asks for a fresh snapshot when facts are missing or came before any snapshot', () => {
    expect(applyMessage({ seq: 10, state: picture() }, facts(13, 14)).kind).toBe('resync');
    expect(applyMessage(null, facts(1, 1)).kind).toBe('resync');
  });

  it('drops what it has already seen', () => {
    expect(applyMessage({ seq: 10, state: picture() }, facts(9, 10)).kind).toBe('unchanged');
  });
});
