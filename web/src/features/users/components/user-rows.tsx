/** The list of users and what can be done with each. */
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/lib/api/session';
import type { User } from '@/lib/api/types';
import { useWords } from '@/lib/i18n/words';
import { Moment } from '@/ui/time-text';
import { useChangeUser } from '../api/users';
import { whyNot } from '../why-not';
import type { Editing } from './user-form';

interface RowProps { user: User; onEdit: (editing: Editing) => void }

function Actions({ user, onEdit }: RowProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const me = useMe();
  const { mutate, isPending } = useChangeUser();
  const [asking, setAsking] = useState(false);
  const setActive = (active: boolean) => mutate({ id: user.id, change: { is_active: active } }, {
    onSuccess: () => message.success(t('users.saved', { name: user.display_name })),
    onError: (error) => message.error(whyNot(error)),
    onSettled: () => setAsking(false),
  });
  if (asking) {
    return (
      <span className="row wrap user-ask">
        <span className="small">{t('users.deactivate_ask', { name: user.display_name })}</span>
        <Button size="small" danger loading={isPending} onClick={() => setActive(false)}>{t('users.deactivate')}</Button>
        <Button size="small" onClick={() => setAsking(false)}>{t('action.cancel')}</Button>
      </span>
    );
  }
  const self = user.id === me.id;
  return (
    <span className="user-actions">
      <Button size="small" type="link" onClick={() => onEdit({ kind: 'edit', user })}>{t('users.edit')}</Button>
      <Button size="small" type="link" onClick={() => onEdit({ kind: 'reset', user })}>{t('users.reset')}</Button>
      {user.is_active
        ? <Button size="small" type="link" danger disabled={self} title={self ? t('users.self') : undefined} onClick={() => setAsking(true)}>{t('users.deactivate')}</Button>
        : <Button size="small" type="link" loading={isPending} onClick={() => setActive(true)}>{t('users.activate')}</Button>}
    </span>
  );
}

function Active({ user }: { user: User }) {
  const { t } = useTranslation();
  return <span className={user.is_active ? 'tag tag-good' : 'tag'}>{t(user.is_active ? 'users.active' : 'users.inactive')}</span>;
}

export function UserTable({ users, onEdit }: { users: User[]; onEdit: RowProps['onEdit'] }) {
  const { t } = useTranslation();
  const { word } = useWords();
  return (
    <table className="table">
      <thead><tr>
        <th>{t('users.column.display_name')}</th><th>{t('users.column.name')}</th><th>{t('users.column.role')}</th><th>{t('users.column.agent_number')}</th><th>{t('users.column.extension')}</th>
        <th>{t('users.column.state')}</th><th>{t('users.column.last_login')}</th><th className="right">{t('users.column.actions')}</th>
      </tr></thead>
      <tbody>
        {users.map((user) => (
          <tr key={user.id}>
            <td className="half">{user.display_name}</td><td className="t2">{user.name}</td><td>{word('role', user.role)}</td><td>{user.agent_number ?? '—'}</td><td>{user.extension ?? '—'}</td>
            <td><Active user={user} /></td><td className="t2">{user.last_login_at ? <Moment at={user.last_login_at} /> : t('users.never')}</td><td className="right"><Actions user={user} onEdit={onEdit} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function UserCards({ users, onEdit }: { users: User[]; onEdit: RowProps['onEdit'] }) {
  const { t } = useTranslation();
  const { word } = useWords();
  return users.map((user) => (
    <div className="two-line" key={user.id}>
      <div><span className="half">{user.display_name}</span><span className="t3 small cut">{user.name}</span><span className="end"><Active user={user} /></span></div>
      <div className="small t2"><span>{word('role', user.role)}</span><span>{user.agent_number}</span><span className="end">{user.last_login_at ? <Moment at={user.last_login_at} /> : t('users.never')}</span></div>
      <div><Actions user={user} onEdit={onEdit} /></div>
    </div>
  ));
}
