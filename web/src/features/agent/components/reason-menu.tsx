/** Why not ready: a menu under the button. */
import { useQuery } from '@tanstack/react-query';
import { Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ReactNode } from 'react';
import type { Reason } from '@/lib/api/types';
import { useWords } from '@/lib/i18n/words';
import { reasonsQuery } from '../api/queries';
import { isOffered } from '../model/allowed';

/** Without the list one reason still works. */
const fallback: Pick<Reason, 'id' | 'is_choosable'>[] = [{ id: 'busy', is_choosable: true }];

export function useReasons() {
  const { word } = useWords();
  const { data, isError } = useQuery(reasonsQuery);
  const { i18n } = useTranslation();
  const named = data?.map((one) => ({ ...one, label: i18n.language === 'en' ? one.en : one.zh }));
  const list = named ?? fallback.map((one) => ({ ...one, label: word('reason', one.id) }));
  return { broken: isError, items: list.filter(isOffered).map(({ id, label }) => ({ key: id, label })) };
}

interface Props { open: boolean; onOpenChange: (open: boolean) => void; onChoose: (reason: string) => void; disabled?: boolean; children: ReactNode }

export function ReasonMenu({ open, onOpenChange, onChoose, disabled, children }: Props) {
  const { t } = useTranslation();
  const { items, broken } = useReasons();
  const head = { key: 'head', type: 'group' as const, label: broken ? t('desk.reasons.broken') : t('desk.reasons.title') };
  return (
    <Dropdown
      open={open && !disabled} onOpenChange={onOpenChange} trigger={['click']} disabled={disabled} autoFocus
      menu={{ items: [head, ...items], onClick: ({ key }) => { onOpenChange(false); onChoose(key); } }}
    >
      {children}
    </Dropdown>
  );
}
