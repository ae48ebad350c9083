/** Modules this person may open: an icon over a word. */
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { mayOpen, useMe, type Module } from '@/lib/api/session';
import { Icon } from '@/ui/icons/icon';

const entries: readonly { module: Module; to: '/desk' | '/floor' | '/calls' | '/users' }[] = [
  { module: 'desk', to: '/desk' }, { module: 'floor', to: '/floor' }, { module: 'calls', to: '/calls' }, { module: 'users', to: '/users' },
];

export function Rail() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <nav className="rail" aria-label={t('shell.landmark.rail')} data-landmark>
      {entries.filter(({ module }) => mayOpen(me, module)).map(({ module, to }) => (
        <Link key={module} to={to} search={{}} activeOptions={{ includeSearch: false }} activeProps={{ className: 'active', 'aria-current': 'page' }}>
          <Icon name={module} size={18} /><span>{t(`shell.module.${module}`)}</span>
        </Link>
      ))}
    </nav>
  );
}
