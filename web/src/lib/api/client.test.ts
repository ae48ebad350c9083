import { describe, expect, it, vi } from 'vitest';
import { api, ApiError, whenSignedOut, withQuery } from './client';
import { home, mayOpen } from './session';
import { troubleOf } from './trouble';
import { person, serve } from '@/testing/render';

describe('the door to the server', () => {
  it('leaves empty values out of the address', () => {
    expect(withQuery('/api/calls', { number: '138 1', queue_id: undefined, limit: 50, cursor: '' })).toBe('/api/calls?number=138+1&limit=50');
  });
  it('marks unsafe requests as its own', async () => {
    const fetched = serve({ '/api/users': { body: {} } });
    await api.post('/api/users', { name: 'x' });
    expect(fetched.mock.calls[0]?.[1]?.headers).toMatchObject({ 'X-Requested-With': 'cordboard' });
  });
  it('turns a refusal into its problem, and a dead network into one too', async () => {
    serve({ '/api/calls': { status: 503, body: { status: 503, code: 'database-away' } } });
    const refused = await api.get('/api/calls').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect(troubleOf({ error: refused })).toMatchObject({ kind: 'server', code: 'database-away' });
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('failed'));
    const dead = await api.get('/api/calls').catch((error: unknown) => error);
    expect(troubleOf({ error: dead })?.kind).toBe('network');
  });
  it('says when the session has ended, but not while asking who is logged in', async () => {
    const ended = vi.fn();
    whenSignedOut(ended);
    serve({ '/api/session': { status: 401, body: { code: 'signed-out' } }, '/api/calls': { status: 401, body: { code: 'signed-out' } } });
    await api.get('/api/session').catch(() => undefined);
    expect(ended).not.toHaveBeenCalled();
    await api.get('/api/calls').catch(() => undefined);
    expect(ended).toHaveBeenCalledOnce();
  });
  it('does not take a wrong password for an ended session', async () => {
    const ended = vi.fn();
    whenSignedOut(ended);
    serve({ '/api/session/password': { status: 401, body: { code: 'wrong-credentials' } } });
    await api.post('/api/session/password', {}).catch(() => undefined);
    expect(ended).not.toHaveBeenCalled();
  });
});

describe('modules', () => {
  const agent = { ...person, role: 'agent', agent_id: 'a-1', permissions: ['desk.use', 'calls.see_own'] } as const;
  it('open by permission, the desk by seat', () => {
    const user = { ...agent, permissions: [...agent.permissions] };
    expect(mayOpen(user, 'floor')).toBe(false);
    expect(mayOpen(user, 'users')).toBe(false);
    expect(mayOpen(user, 'desk')).toBe(true);
    expect(mayOpen({ ...person, agent_id: null }, 'desk')).toBe(false);
    expect(home(user)).toBe('/desk');
    expect(home({ ...user, agent_id: null })).toBe('/calls');
  });
});
