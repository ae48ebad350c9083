/** A queue in the language of the screen; the record keeps the site's own name. */
import { useTranslation } from 'react-i18next';
import { useLiveStore } from './store';

export function useQueueName(): (id: string | null | undefined, name: string | null | undefined) => string | null {
  const { i18n } = useTranslation();
  const queues = useLiveStore((live) => live.state?.queues);
  return (id, name) => (i18n.language === 'en' && id ? queues?.[id]?.name_en : null) ?? name ?? null;
}
