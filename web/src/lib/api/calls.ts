/** Queries on calls that more than one feature asks. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from './client';
import type { CallDetail, CallFilter, CallPage, CallRow, FactRow, Waveform } from './types';

export const callsQuery = (filter: CallFilter) => queryOptions({
  queryKey: ['calls', filter],
  queryFn: ({ signal }) => api.get<CallPage>('/api/calls', { limit: 50, ...filter }, signal),
  placeholderData: keepPreviousData,
});

export const callQuery = (id: string) => queryOptions({
  queryKey: ['call', id],
  queryFn: ({ signal }) => api.get<CallDetail>(`/api/calls/${encodeURIComponent(id)}`, undefined, signal),
});

export const factsQuery = (id: string) => queryOptions({
  queryKey: ['call', id, 'facts'],
  queryFn: ({ signal }) => api.get<{ items: FactRow[] }>(`/api/calls/${encodeURIComponent(id)}/facts`, undefined, signal),
});

export const waveformQuery = (recordingId: string, points: number) => queryOptions({
  queryKey: ['waveform', recordingId, points],
  staleTime: Infinity,
  queryFn: ({ signal }) => api.get<Waveform>(`/api/recordings/${encodeURIComponent(recordingId)}/waveform`, { points }, signal),
});

export const callerQuery = (number: string) => queryOptions({
  queryKey: ['caller', number],
  queryFn: ({ signal }) => api.get<{ items: CallRow[] }>(`/api/callers/${encodeURIComponent(number)}/calls`, { limit: 20 }, signal),
});

export const audioUrl = (recordingId: string, download = false): string =>
  `/api/recordings/${encodeURIComponent(recordingId)}/audio${download ? '?download=1' : ''}`;
