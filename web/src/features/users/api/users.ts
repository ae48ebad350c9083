/** Users as the administrator sees them. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import type { NewUser, User, UserChange } from '@/lib/api/types';

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) => api.get<{ items: User[] }>('/api/users', undefined, signal),
});

export function useCreateUser() {
  const queries = useQueryClient();
  return useMutation({ mutationFn: (user: NewUser) => api.post<User>('/api/users', user), onSuccess: () => queries.invalidateQueries({ queryKey: usersQuery.queryKey }) });
}

export function useChangeUser() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: UserChange }) => api.patch<User>(`/api/users/${encodeURIComponent(id)}`, change),
    onSuccess: () => queries.invalidateQueries({ queryKey: usersQuery.queryKey }),
  });
}
