/** What the agent page asks besides the live picture. */
import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import type { Reason, Today } from '@/lib/api/types';

export const reasonsQuery = queryOptions({
  queryKey: ['reasons'],
  staleTime: 300_000,
  queryFn: ({ signal }) => api.get<Reason[]>('/api/reasons', undefined, signal),
});

export const todayQuery = queryOptions({
  queryKey: ['me', 'today'],
  queryFn: ({ signal }) => api.get<Today>('/api/me/today', undefined, signal),
  refetchInterval: 60_000,
});
