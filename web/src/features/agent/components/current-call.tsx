/** The caller: number, queue, wait, and what was keyed on the way here; or what the agent waits for. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { callQuery } from '@/lib/api/calls';
import type { CallDetail } from '@/lib/api/types';
import { duration } from '@/lib/format/duration';
import { phone } from '@/lib/format/phone';
import { useLabel } from '@/lib/i18n/label';
import { useWords } from '@/lib/i18n/words';
import { signOf } from '@/live/agent-state';
import type { LiveAgent, LiveCall } from '@/live/types';
import { useQueueName } from '@/live/use-queue-name';
import { useStateLabel } from '@/live/use-state-label';
import { Icon } from '@/ui/icons/icon';
import { KeyCap } from '@/ui/key-cap';
import { Since } from '@/ui/live-time';
import { Empty } from '@/ui/region';
import { StateChip } from '@/ui/state-chip';
import { keyedPath } from '../model/keyed-path';
import { useOwnAgent } from '../model/use-own-agent';

function Path({ id, service, detail }: { id: string; service: string; detail: CallDetail | undefined }) {
  const { t } = useTranslation();
  const label = useLabel();
  const steps = keyedPath(detail);
  return (
    <div className="caller-path">
      <span className="t2">{t('desk.call.keyed')}</span><b className="half">{phone(service)}</b>
      {steps.length === 0 ? <span className="t3">{t('desk.call.keyed_none')}</span> : steps.map((step, index) => (
        <span className="row" key={index}><Icon name="right" size={14} /><KeyCap digit>{step.digits}</KeyCap>{step.label ? <span>{label(step.label)}</span> : null}</span>
      ))}
      <Link className="caller-why" to="/calls/$id" params={{ id }} hash="why">{t('desk.call.why')}</Link>
    </div>
  );
}

type Fact = [string, React.ReactNode];
const textOf = (value: unknown) => (value === null || value === undefined ? '' : String(value));

/** What was gathered on the way to the agent, as names and values. */
function useFacts() {
  const { t } = useTranslation();
  const { word, languageWord } = useWords();
  const queueName = useQueueName();
  return (call: { queue_id: string | null; queue_name: string | null; language: string | null; call_data: Record<string, unknown> }, wait: React.ReactNode, more: Fact[] = []): Fact[] => [
    [t('desk.call.queue'), queueName(call.queue_id, call.queue_name) ?? '—'],
    [t('desk.call.wait'), wait],
    ...more,
    [t('desk.call.language'), languageWord(call.language)],
    ...Object.entries(call.call_data).filter(([name]) => name !== 'language').map(([name, value]): Fact => [word('data', name), word('value', textOf(value))]),
  ];
}

const Facts = ({ facts }: { facts: Fact[] }) => <dl className="caller-facts">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;

function Caller({ agent, call, lost }: { agent: LiveAgent; call: LiveCall; lost: boolean }) {
  const { t } = useTranslation();
  const label = useStateLabel();
  const factsOf = useFacts();
  const { data: detail } = useQuery({ ...callQuery(call.id), refetchInterval: 5000 });
  const visit = detail?.visits.at(-1);
  const wait = visit && !visit.left_at ? <Since from={visit.entered_at} /> : duration(visit?.wait_ms);
  return (
    <section className="card caller-card" aria-label={t('desk.call.title')}>
      {agent.state === 'ringing' ? <div className="caller-ringing"><Icon name="calls" />{t('desk.call.ringing')}<span className="end"><Since from={agent.since} /></span></div> : null}
      <div className="caller-head">
        <span className="caller-number">{call.caller_number ? phone(call.caller_number) : t('shell.call.unknown')}</span>
        <StateChip sign={signOf(agent)} label={label(agent)} lost={lost} />
        {call.recording ? <span className="tag tag-bad"><Icon name="wave" size={14} />{t('shell.call.recording')}</span> : null}
        <span className="end"><Link to="/calls/$id" params={{ id: call.id }}>{t('desk.call.open')}</Link></span>
      </div>
      <Facts facts={factsOf(call, wait)} />
      <Path id={call.id} service={call.service_number ?? ''} detail={detail} />
    </section>
  );
}

/** In wrap-up: the caller who just hung up, from the record. */
function LastCaller({ callId }: { callId: string }) {
  const { t } = useTranslation();
  const factsOf = useFacts();
  const { data: call } = useQuery(callQuery(callId));
  if (!call) return null;
  return (
    <section className="card caller-card" aria-label={t('desk.call.last')}>
      <div className="caller-head">
        <span className="caller-number">{phone(call.caller_number)}</span>
        <span className="tag">{t('desk.call.last')}</span>
        <span className="end"><Link to="/calls/$id" params={{ id: call.id }}>{t('desk.call.open')}</Link></span>
      </div>
      <Facts facts={factsOf(call, duration(call.total_wait_ms), [[t('desk.call.talked'), duration(call.talk_ms)]])} />
      <Path id={call.id} service={call.service_number} detail={call} />
    </section>
  );
}

export function CurrentCall() {
  const { t } = useTranslation();
  const { agent, call, lost } = useOwnAgent();
  if (agent && call) return <Caller agent={agent} call={call} lost={lost} />;
  if (agent?.state === 'wrap_up') return agent.call_id ? <LastCaller callId={agent.call_id} /> : null;
  if (!agent) return <section className="card idle-card"><Empty title={t('desk.idle.unknown_title')} how={t('desk.idle.unknown_how')} /></section>;
  const missed = agent.state === 'not_ready' && agent.reason === 'missed_offer';
  const text = {
    signed_out: { title: t('desk.idle.signed_out_title'), how: t('desk.idle.signed_out_how') },
    not_ready: { title: t('desk.idle.not_ready_title'), how: t(missed ? 'desk.idle.missed_how' : 'desk.idle.not_ready_how') },
  }[agent.state as string] ?? { title: t('desk.idle.ready_title'), how: t('desk.idle.ready_how') };
  return <section className="card idle-card"><Empty {...text} action={lost ? <Button size="small" disabled>{t('shell.own_state.reconnecting')}</Button> : null} /></section>;
}
