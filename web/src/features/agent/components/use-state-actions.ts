/** State buttons as data: label, key, whether it works, what it does. Shared by button row, menu and phone page. */
import { useState } from 'react';
import { useShortcuts } from '@/lib/use-shortcuts';
import type { Command as KeyCommand } from '@/lib/keys';
import { useVerbs } from '../api/use-verbs';
import { hindrance, isPlanned, type Verb } from '../model/allowed';
import { useOwnAgent } from '../model/use-own-agent';

export type Panel = 'phone' | 'reason' | null;

export function useStateActions() {
  const own = useOwnAgent();
  const { run, pending } = useVerbs();
  const [panel, setPanel] = useState<Panel>(null);
  const state = own.agent?.state ?? 'signed_out';
  const signedOut = state === 'signed_out';
  const why = (verb: Verb) => (own.agent ? hindrance(verb, own.agent, own.lost) : 'lost');
  const planned = (verb: Verb) => (own.agent ? isPlanned(verb, own.agent) : false);
  const act: Record<Verb, () => void> = {
    sign_in: () => setPanel('phone'),
    sign_out: () => run({ verb: 'sign_out' }),
    ready: () => run({ verb: 'ready' }),
    not_ready: () => setPanel('reason'),
    away: () => run({ verb: 'not_ready', reason: 'away' }),
    finish_wrap_up: () => run({ verb: 'finish_wrap_up' }),
  };
  const ifWorks = (verb: Verb) => (why(verb) ? undefined : act[verb]);
  return {
    ...own, state, signedOut, pending, panel, setPanel, why, planned, act, ifWorks,
    signIn: (extension?: string) => run({ verb: 'sign_in', extension }, { onSuccess: () => setPanel(null) }),
    notReady: (reason: string) => run({ verb: 'not_ready', reason }),
  };
}
export type StateActions = ReturnType<typeof useStateActions>;

/** Alt+0 to Alt+4; only one mounted place binds them. */
export function useStateShortcuts(actions: StateActions): void {
  const handlers: Partial<Record<KeyCommand, (() => void) | undefined>> = {
    sign_in_out: actions.ifWorks(actions.signedOut ? 'sign_in' : 'sign_out'),
    ready: actions.ifWorks('ready'), not_ready: actions.ifWorks('not_ready'),
    away: actions.ifWorks('away'), finish_wrap_up: actions.ifWorks('finish_wrap_up'),
  };
  useShortcuts(actions.me.agent_id ? handlers : {});
}
