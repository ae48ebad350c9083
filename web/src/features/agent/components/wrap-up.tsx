/** Wrap-up counts down; Done is the one primary action. */
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNow } from '@/lib/clock';
import { timer } from '@/lib/format/duration';
import { useWords } from '@/lib/i18n/words';
import { capOf } from '@/lib/keys';
import { planOf } from '@/live/agent-state';
import type { LiveAgent } from '@/live/types';
import { KeyCap } from '@/ui/key-cap';
import { Since } from '@/ui/live-time';
import { StateShape } from '@/ui/shapes';
import { useVerbs } from '../api/use-verbs';
import { useOwnAgent } from '../model/use-own-agent';

export function WrapUp({ agent }: { agent: LiveAgent }) {
  const { t } = useTranslation();
  const { lost } = useOwnAgent();
  const { run, pending } = useVerbs();
  const now = useNow();
  const { word } = useWords();
  const plan = planOf(agent);
  const leftMs = agent.wrap_up_ends_at ? Date.parse(agent.wrap_up_ends_at) - now : null;
  return (
    <section className="card wrap-up" style={{ '--shape-cut': 'var(--b-wrapup)' } as React.CSSProperties}>
      <span style={{ color: 'var(--s-wrapup)' }}><StateShape sign="wrapup" size={18} /></span>
      <span><b className="strong">{t('desk.wrap_up.title')}</b><br /><span className="small t2">{plan ? t('desk.wrap_up.next_plan', { plan: word('plan', plan) }) : t('desk.wrap_up.next')}</span></span>
      <span className="wrap-up-time">
        {leftMs === null ? <Since from={agent.since} /> : leftMs > 0 ? t('desk.wrap_up.left', { time: timer(leftMs) }) : t('desk.wrap_up.over')}
      </span>
      <span className="end"><Button type="primary" loading={pending?.verb === 'finish_wrap_up'} disabled={lost} onClick={() => run({ verb: 'finish_wrap_up' })}>{t('desk.button.done')} <KeyCap>{capOf('finish_wrap_up')}</KeyCap></Button></span>
    </section>
  );
}
