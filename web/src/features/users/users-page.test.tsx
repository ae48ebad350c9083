import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { User } from '@/lib/api/types';
import { serve, show } from '@/testing/render';
import { ApiError } from '@/lib/api/client';
import { randomPassword, refusedFields } from './model';
import { UsersPage } from './users-page';

const user = (change: Partial<User>): User => ({ id: 'u-2', name: 'li', display_name: 'Li Min', role: 'agent', is_active: true, agent_number: '8012', extension: '2012', last_login_at: null, ...change });

describe('the users page', () => {
  it('lists users, those switched off last', async () => {
    serve({ '/api/users': { body: { items: [user({ id: 'u-3', name: 'gone', display_name: 'Gone', is_active: false }), user({}), user({ id: 'u-1', name: 'chen', display_name: 'Chen Zhuo' })] } } });
    show(<UsersPage />);
    await screen.findByText('Li Min');
    const names = screen.getAllByRole('row').slice(1).map((row) => within(row).getAllByRole('cell')[0]?.textContent);
    expect(names).toEqual(['Chen Zhuo', 'Li Min', 'Gone']);
    expect(screen.getByText('3 users')).toBeTruthy();
  });
  it('names the person before somebody is switched off', async () => {
    const fetched = serve({ '/api/users': { body: { items: [user({})] } }, '/api/users/u-2': { body: user({ is_active: false }) } });
    show(<UsersPage />);
    fireEvent.click(await screen.findByText('Deactivate'));
    expect(screen.getByText(/Deactivate Li Min\?/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Deactivate' }));
    await waitFor(() => expect(fetched.mock.calls.some(([path, init]) => path === '/api/users/u-2' && init?.method === 'PATCH' && init.body === '{"is_active":false}')).toBe(true));
  });
  it('says so when nothing matches, and when the list is broken', async () => {
    serve({ '/api/users': { body: { items: [user({})] } } });
    const { unmount } = show(<UsersPage />);
    await screen.findByText('Li Min');
    fireEvent.change(screen.getByLabelText('Name or user name'), { target: { value: 'nobody' } });
    expect(screen.getByText('No user matches')).toBeTruthy();
    unmount();
    serve({ '/api/users': { status: 503, body: { code: 'database-away' } } });
    show(<UsersPage />);
    expect((await screen.findByRole('alert')).textContent).toContain('database-away');
  });
});

describe('the form of a user', () => {
  it('puts a refusal at its field', () => {
    const refused = (code: string, field: string) => refusedFields(new ApiError({ status: 422, code, errors: [{ field, message: 'No.' }] }));
    expect(refused('name-taken', 'extension')).toEqual([{ name: 'extension', fault: 'taken' }]);
    expect(refused('invalid', 'extension')).toEqual([{ name: 'extension', fault: 'digits' }]);
    expect(refused('weak-password', 'password')).toEqual([{ name: 'password', fault: 'weak' }]);
    expect(refusedFields(new ApiError({ status: 500, code: 'internal' }))).toEqual([]);
  });
  it('makes passwords that can be read aloud', () => {
    expect(randomPassword()).toMatch(/^[a-hjkmnp-z2-9]{14}$/);
  });
});
