/** Users: list, create, edit, reset a password, deactivate. For administrators. */
import { useQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { troubleOf } from '@/lib/api/trouble';
import type { User } from '@/lib/api/types';
import { useShortcuts } from '@/lib/use-shortcuts';
import { Icon } from '@/ui/icons/icon';
import { Region } from '@/ui/region';
import { useNarrow } from '@/ui/use-media';
import { usersQuery } from './api/users';
import { UserForm, type Editing } from './components/user-form';
import { UserCards, UserTable } from './components/user-rows';
import './users.css';

const matches = (user: User, search: string) => {
  const text = search.trim().toLowerCase();
  return !text || [user.name, user.display_name, user.agent_number].some((value) => value?.toLowerCase().includes(text));
};

export function UsersPage() {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const query = useQuery(usersQuery);
  const [editing, setEditing] = useState<Editing | null>(null);
  const [search, setSearch] = useState('');
  useShortcuts({ search: () => document.getElementById('user-search')?.focus() });
  const users = query.data?.items ?? [];
  const shown = users.filter((user) => matches(user, search)).sort((a, b) => Number(b.is_active) - Number(a.is_active) || a.name.localeCompare(b.name));
  const empty = shown.length === 0 && (search
    ? { title: t('users.none_match'), action: <Button onClick={() => setSearch('')}>{t('action.clear_filter')}</Button> }
    : { title: t('users.empty'), how: t('users.empty_how') });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('users.title')}</h1>
        {query.data ? <span className="t3 small">{t('users.total', { count: users.length })}</span> : null}
        <span className="end row">
          <Input id="user-search" allowClear style={{ width: narrow ? 130 : 200 }} value={search} onChange={(event) => setSearch(event.target.value)} prefix={<Icon name="search" size={14} />} aria-label={t('users.search')} placeholder={t('users.search')} />
          <Button type="primary" icon={<Icon name="add" />} onClick={() => setEditing({ kind: 'create' })}>{t('users.add')}</Button>
        </span>
      </div>
      <div className="page-body">
        <section className="card users-card">
          <div className="card-scroll">
            <Region what={t('users.title')} loading={!query.data} trouble={troubleOf(query)} onRetry={() => void query.refetch()} empty={empty}>
              {narrow ? <UserCards users={shown} onEdit={setEditing} /> : <UserTable users={shown} onEdit={setEditing} />}
            </Region>
          </div>
        </section>
      </div>
      <UserForm editing={editing} onClose={() => setEditing(null)} />
    </div>
  );
}
