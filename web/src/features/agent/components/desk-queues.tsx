/** Queues as the agent sees them: how many wait, how long, how many are ready. */
import { useTranslation } from 'react-i18next';
import { duration } from '@/lib/format/duration';
import { count } from '@/lib/format/number';
import { useLiveList, useStale } from '@/live/selectors';
import { useQueueName } from '@/live/use-queue-name';
import { Card } from '@/ui/card';
import { Since } from '@/ui/live-time';
import { Empty, Loading } from '@/ui/region';

const warnMs = 60_000;

export function DeskQueues() {
  const { t } = useTranslation();
  const queueName = useQueueName();
  const queues = useLiveList('queues');
  const stale = useStale();
  return (
    <Card title={t('desk.queues.title')} icon="queue" className={stale ? 'desk-queues stale' : 'desk-queues'}>
      {queues === null ? <Loading /> : queues.length === 0 ? <Empty title={t('board.queues.empty')} how={t('board.queues.empty_how')} /> : (
        <div className="card-scroll">
          <table className="table">
            <thead><tr><th>{t('board.queues.queue')}</th><th className="right">{t('board.queues.waiting')}</th><th className="right">{t('board.queues.longest')}</th><th className="right">{t('board.queues.estimated')}</th><th className="right">{t('board.queues.ready')} / {t('board.queues.signed_in')}</th></tr></thead>
            <tbody>
              {queues.map((queue) => (
                <tr key={queue.id}>
                  <td className="half">{queueName(queue.id, queue.name)}</td><td className="right strong">{count(queue.waiting)}</td>
                  <td className="right"><Since from={queue.longest_wait_since} limitMs={warnMs} /></td><td className="right">{duration(queue.estimated_wait_s === null || queue.estimated_wait_s === undefined ? null : queue.estimated_wait_s * 1000)}</td>
                  <td className="right">{count(queue.ready)} / {count(queue.signed_in)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
