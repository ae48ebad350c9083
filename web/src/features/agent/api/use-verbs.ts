/** The agent's commands. A button stays pending until the server confirms; after 2 s the page says so. */
import { useMutation } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { createElement, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ApiError } from '@/lib/api/client';
import { codeOf } from '@/lib/api/trouble';
import { i18next } from '@/lib/i18n';
import { word } from '@/lib/i18n/words';

export type Command =
  | { verb: 'sign_in'; extension?: string }
  | { verb: 'sign_out' | 'ready' | 'finish_wrap_up' }
  | { verb: 'not_ready'; reason: string };

const slowMs = 2000;
const noticeKey = 'agent-verb';

function why(error: unknown): string {
  const code = codeOf(error);
  if (i18next.exists(`desk.verb_problem.${code}`)) return word('desk.verb_problem', code);
  if (error instanceof ApiError && error.problem.detail) return error.problem.detail;
  return i18next.t('desk.verb_failed_code', { code });
}

export function useVerbs() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const slow = useRef<ReturnType<typeof setTimeout>>(undefined);
  const mutation = useMutation({
    mutationKey: ['agent-verb'],
    mutationFn: ({ verb, ...body }: Command) => api.post<unknown>(`/api/agents/me/${verb}`, body),
    onMutate: () => {
      clearTimeout(slow.current);
      slow.current = setTimeout(() => void message.warning({ key: noticeKey, content: t('desk.verb_slow'), duration: 0 }), slowMs);
    },
    onSuccess: () => message.destroy(noticeKey),
    onError: (error, command) => {
      const retry = createElement(Button, { type: 'link', size: 'small', onClick: () => mutation.mutate(command) }, t('action.retry'));
      void message.error({ key: noticeKey, content: createElement('span', null, t('desk.verb_failed', { why: why(error) }), ' ', retry), duration: 6 });
    },
    onSettled: () => clearTimeout(slow.current),
  });
  useEffect(() => () => clearTimeout(slow.current), []);
  return { run: mutation.mutate, pending: mutation.isPending ? mutation.variables : null };
}
