/** Shows a component as the application would: queries, messages, a person logged in. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import { App } from 'antd';
import type { ReactElement } from 'react';
import { vi } from 'vitest';
import { MeContext, sessionQuery } from '@/lib/api/session';
import type { SessionUser } from '@/lib/api/types';

export const person: SessionUser = {
  id: 'u-1', name: 'chen', display_name: 'Chen Zhuo', role: 'administrator', agent_id: null, must_change_password: false, language: 'en', time_zone: 'Asia/Shanghai',
  permissions: ['calls.see_all', 'desk.use', 'floor.see', 'recordings.download', 'session.use', 'users.see'],
};

export function show(element: ReactElement) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  client.setQueryData(sessionQuery.queryKey, person);
  return render(<QueryClientProvider client={client}><MeContext value={person}><App>{element}</App></MeContext></QueryClientProvider>);
}

/** Answers each request by its path; an unknown path is a 404 problem. */
export function serve(answers: Record<string, { status?: number; body: unknown }>) {
  return vi.spyOn(globalThis, 'fetch').mockImplementation((input) => {
    const path = String(input).split('?')[0] ?? '';
    const { status = 200, body } = answers[path] ?? { status: 404, body: { status: 404, code: 'not-found' } };
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
}
