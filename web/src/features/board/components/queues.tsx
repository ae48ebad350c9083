/** Queues with what waits in them; a row opens to its callers. */
import { Link } from '@tanstack/react-router';
import { Fragment, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { duration } from '@/lib/format/duration';
import { count } from '@/lib/format/number';
import { phone } from '@/lib/format/phone';
import type { LiveQueue } from '@/live/types';
import { useQueueName } from '@/live/use-queue-name';
import { Card } from '@/ui/card';
import { Flash } from '@/ui/flash';
import { Icon } from '@/ui/icons/icon';
import { Since } from '@/ui/live-time';
import { Empty } from '@/ui/region';
import { useNarrow } from '@/ui/use-media';
import { limits } from '../model/order';

const shown = 8;

function Callers({ queue }: { queue: LiveQueue }) {
  const { t } = useTranslation();
  const callers = [...queue.callers].sort((a, b) => a.position - b.position);
  return (
    <div className="callers">
      {callers.slice(0, shown).map((caller) => (
        <Link className="caller" key={caller.call_id} to="/calls/$id" params={{ id: caller.call_id }}>
          <b>{t('board.queues.position', { position: caller.position })}</b><span>{phone(caller.caller_number)}</span><Since from={caller.entered_at} limitMs={limits.waitMs} />
        </Link>
      ))}
      {callers.length > shown ? <span className="caller">{t('board.queues.more', { count: callers.length - shown })}</span> : null}
    </div>
  );
}

export function Queues({ queues }: { queues: LiveQueue[] }) {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => [...queues].sort((a, b) => a.id.localeCompare(b.id)), [queues]);
  const queueName = useQueueName();
  const nameOf = (queue: LiveQueue) => queueName(queue.id, queue.name);
  const toggle = (id: string) => setClosed((old) => {
    const next = new Set(old);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  const estimated = (queue: LiveQueue) => duration(queue.estimated_wait_s === null || queue.estimated_wait_s === undefined ? null : queue.estimated_wait_s * 1000);

  const table = () => (
    <div className="card-scroll">
      <table className="table table-dense">
        <thead><tr>
          <th>{t('board.queues.queue')}</th><th className="right">{t('board.queues.waiting')}</th><th className="right">{t('board.queues.longest')}</th><th className="right">{t('board.queues.estimated')}</th>
          <th className="right">{t('board.queues.ready')}</th><th className="right">{t('board.queues.signed_in')}</th><th className="right">{t('board.queues.answered')}</th><th className="right">{t('board.queues.abandoned')}</th>
        </tr></thead>
        {rows.map((queue) => {
          const open = queue.callers.length > 0 && !closed.has(queue.id);
          return (
            <tbody key={queue.id}>
              <tr>
                <td className="half">
                  {queue.callers.length > 0 ? <button type="button" className="queue-toggle" aria-expanded={open} aria-label={t(open ? 'board.queues.hide' : 'board.queues.show')} onClick={() => toggle(queue.id)}><Icon name="right" size={14} /></button> : null}
                  {nameOf(queue)}
                </td>
                <td className="right strong"><Flash value={queue.waiting}>{count(queue.waiting)}</Flash></td>
                <td className="right"><Since from={queue.longest_wait_since} limitMs={limits.waitMs} /></td><td className="right">{estimated(queue)}</td>
                <td className={queue.waiting > 0 && queue.ready === 0 ? 'right bad strong' : 'right'}>{count(queue.ready)}</td><td className="right">{count(queue.signed_in)}</td>
                <td className="right t2">{count(queue.answered_today)}</td><td className="right t2">{count(queue.abandoned_today)}</td>
              </tr>
              {open ? <tr><td colSpan={8}><Callers queue={queue} /></td></tr> : null}
            </tbody>
          );
        })}
      </table>
    </div>
  );
  const list = () => rows.map((queue) => (
    <Fragment key={queue.id}>
      <div className="two-line">
        <div><span className="half">{nameOf(queue)}</span><span className="end">{t('board.queues.waiting')} <b className="strong">{count(queue.waiting)}</b></span></div>
        <div className="small t2"><span>{t('board.queues.longest')} <Since from={queue.longest_wait_since} limitMs={limits.waitMs} /></span><span className="end">{t('board.queues.ready')} {count(queue.ready)} / {count(queue.signed_in)}</span></div>
        {queue.callers.length > 0 ? <Callers queue={queue} /> : null}
      </div>
    </Fragment>
  ));
  return (
    <Card title={t('board.queues.title')} icon="queue" className="board-queues">
      {rows.length === 0 ? <Empty title={t('board.queues.empty')} how={t('board.queues.empty_how')} /> : narrow ? list() : table()}
    </Card>
  );
}
