/** Says that the screen is not sure any more, since when, and that calls go on. */
import { useTranslation } from 'react-i18next';
import { useNow } from '@/lib/clock';
import { clockTime } from '@/lib/format/date';
import { durationWords } from '@/lib/i18n/words';
import { useLiveStore } from '@/live/store';
import { Icon } from '@/ui/icons/icon';

/** A blink of the network is not worth a banner. */
const patienceMs = 1500;

export function LostBanner() {
  const { t } = useTranslation();
  const lostAt = useLiveStore((live) => live.lostAt);
  const heardAt = useLiveStore((live) => live.heardAt);
  const now = useNow();
  if (lostAt === null || now - lostAt < patienceMs) return null;
  const at = clockTime(new Date(heardAt ?? lostAt).toISOString());
  return (
    <div className="lost-banner" role="status">
      <strong><Icon name="alert" />{t('shell.connection.banner_title', { time: durationWords(now - lostAt) })}</strong>
      <span>{t('shell.connection.banner_body', { at })}</span>
    </div>
  );
}
