/** Who is logged in. */
import { queryOptions, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { Language } from '../preferences';
import { api, ApiError } from './client';
import type { Session, SessionUser } from './types';

const personOf = ({ user, time_zone }: Session): SessionUser => ({ ...user, time_zone });

/** null: nobody is logged in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: Infinity,
  retry: false,
  queryFn: async (): Promise<SessionUser | null> => {
    try {
      return personOf(await api.get<Session>('/api/session'));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export const login = async (name: string, password: string) => personOf(await api.post<Session>('/api/session', { name, password }));
export const logout = () => api.delete<void>('/api/session');
/** The account remembers the language, for the next browser. */
export const rememberLanguage = (language: Language) => api.patch<Session>('/api/session', { language });
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

/** Does the person's role hold this permission? The server decides again on each request. */
export const may = (user: SessionUser, permission: string): boolean => user.permissions.includes(permission);

const modules = {
  desk: (user: SessionUser) => user.agent_id !== null && may(user, 'desk.use'),
  floor: (user: SessionUser) => may(user, 'floor.see'),
  calls: () => true,
  users: (user: SessionUser) => may(user, 'users.see'),
} satisfies Record<string, (user: SessionUser) => boolean>;

export type Module = keyof typeof modules;

/** May this person open the module? */
export const mayOpen = (user: SessionUser, module: Module): boolean => modules[module](user);

/** Where a person starts. */
export function home(user: SessionUser): '/desk' | '/floor' | '/calls' {
  if (mayOpen(user, 'floor')) return '/floor';
  return mayOpen(user, 'desk') ? '/desk' : '/calls';
}
