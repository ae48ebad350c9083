/** The figures of one call, in one line. */
import { useTranslation } from 'react-i18next';
import type { CallDetail } from '@/lib/api/types';
import { clockTime, fullTime } from '@/lib/format/date';
import { duration } from '@/lib/format/duration';
import { phone } from '@/lib/format/phone';
import { useWords } from '@/lib/i18n/words';
import { useQueueName } from '@/live/use-queue-name';
import { Since } from '@/ui/live-time';

export function FactsHead({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const queueName = useQueueName();
  const { word, languageWord } = useWords();
  const waiting = call.visits.find((one) => !one.left_at);
  const running = call.segments.find((one) => one.timeline === 'customer' && !one.ended_at);
  const facts: [string, React.ReactNode][] = [
    [t('call.fact.arrived'), fullTime(call.arrived_at)],
    [t('call.fact.ended'), clockTime(call.ended_at)],
    [t('call.fact.duration'), call.ended_at ? duration(call.duration_ms) : <Since key="run" from={call.arrived_at} />],
    [t('call.fact.wait'), waiting ? <Since key="wait" from={waiting.entered_at} /> : duration(call.visits.length > 0 ? call.total_wait_ms : null)],
    [t('call.fact.talk_hold'), <span key="talk">{running?.kind === 'talk' ? <Since from={running.started_at} /> : duration(call.talk_ms)} / {running?.kind === 'hold' ? <Since from={running.started_at} /> : duration(call.hold_ms)}</span>],
    [t('call.fact.wrap_up'), duration(call.wrap_up_ms)],
    [t('call.fact.queue'), queueName(call.queue_id, call.queue_name) ?? '—'],
    [t('call.fact.agent'), call.agent_name ?? '—'],
    [t('call.fact.service'), phone(call.service_number)],
    [t('call.fact.language'), languageWord(call.language)],
    [t('call.fact.ended_by'), word('party', call.ended_by)],
    [t('call.fact.result'), call.ended_at ? word('result', call.result) : word('phase', call.phase)],
  ];
  return <dl className="card call-facts">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}
