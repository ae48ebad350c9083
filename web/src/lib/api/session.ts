/** Who is logged in. */
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
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

/** The person at this screen; only inside the shell, where somebody is logged in. */
export function useMe(): SessionUser {
  const { data } = useSuspenseQuery(sessionQuery);
  if (!data) throw new ApiError({ status: 401, code: 'signed-out' });
  return data;
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
