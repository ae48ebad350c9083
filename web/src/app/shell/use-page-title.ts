/** The browser tab shows state and caller: "(03:42) 138 7156 2043". */
import { useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useNow } from '@/lib/clock';
import { useMe, type Module } from '@/lib/api/session';
import { since } from '@/lib/format/duration';
import { phone } from '@/lib/format/phone';
import { useLiveAgent, useLiveCall } from '@/live/selectors';

const modules: readonly Module[] = ['desk', 'floor', 'calls', 'users'];

export function usePageTitle(): void {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const agent = useLiveAgent(useMe().agent_id);
  const call = useLiveCall(agent?.call_id);
  const now = useNow();
  const module = modules.find((one) => pathname.startsWith(`/${one}`));
  const page = module ? t(`shell.module.${module}`) : t('app.name');
  const caller = call?.caller_number ? phone(call.caller_number) : t('shell.call.unknown');
  const title = agent && call ? t('shell.title.call', { time: since(agent.since, now), caller }) : t('shell.title.page', { page });
  useEffect(() => { document.title = title; }, [title]);
}
