/** Who is logged in. */
import { queryOptions, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { api, ApiError } from './client';
import type { Role, SessionUser } from './types';

/** null: nobody is logged in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: Infinity,
  retry: false,
  queryFn: async (): Promise<SessionUser | null> => {
    try {
      return (await api.get<{ user: SessionUser }>('/api/session')).user;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export const login = (name: string, password: string) => api.post<{ user: SessionUser }>('/api/session', { name, password });
export const logout = () => api.delete<void>('/api/session');
export const changePassword = (oldPassword: string, newPassword: string) =>
  api.post<void>('/api/session/password', { old_password: oldPassword, new_password: newPassword });

/** Set by the shell, inside which somebody is always logged in. */
export const MeContext = createContext<SessionUser | null>(null);

/** The person at this screen; only inside the shell. */
export function useMe(): SessionUser {
  const me = useContext(MeContext);
  if (!me) throw new Error('useMe outside the shell');
  return me;
}

/** Nobody is logged in any more: nothing of what was seen may stay. The session goes last, since pages leave on it. */
export function forgetSession(queries: QueryClient): void {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  queries.setQueryData(sessionQuery.queryKey, null);
}

const modules = {
  desk: (user: SessionUser) => user.agent_id !== null,
  floor: (user: SessionUser) => user.role !== 'agent',
  calls: () => true,
  users: (user: SessionUser) => user.role === 'administrator',
} satisfies Record<string, (user: SessionUser) => boolean>;

export type Module = keyof typeof modules;

/** May this person open the module? The server decides again on each request. */
export const mayOpen = (user: SessionUser, module: Module): boolean => modules[module](user);

/** Where a person starts. */
export function home(user: SessionUser): '/desk' | '/floor' | '/calls' {
  if (mayOpen(user, 'floor')) return '/floor';
  return mayOpen(user, 'desk') ? '/desk' : '/calls';
}

const downloaders: readonly Role[] = ['supervisor', 'administrator'];

/** May this person save recordings as files? */
export const mayDownload = (user: SessionUser): boolean =>
  user.permissions ? user.permissions.includes('recordings.download') : downloaders.includes(user.role);
