/** What the agent page asks besides the live picture. */
import { queryOptions } from '@tanstack/react-query';
import { api } from '@/lib/api/client';
import type { Reason, Today } from '@/lib/api/types';

interface RawReason { code?: string; reason?: string; id?: string; name?: string | null; name_en?: string | null }

export const reasonsQuery = queryOptions({
  queryKey: ['reasons'],
  staleTime: 300_000,
  queryFn: async ({ signal }): Promise<Reason[]> => {
    const { items } = await api.get<{ items: (RawReason | string)[] }>('/api/reasons', undefined, signal);
    return items.map((item) => (typeof item === 'string' ? { code: item } : { ...item, code: item.code ?? item.reason ?? item.id ?? '' }));
  },
});

export const todayQuery = queryOptions({
  queryKey: ['me', 'today'],
  queryFn: ({ signal }) => api.get<Today>('/api/me/today', undefined, signal),
  refetchInterval: 60_000,
});
