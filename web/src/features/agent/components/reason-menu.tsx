/** Why not ready: a menu under the button. */
import { useQuery } from '@tanstack/react-query';
import { Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ReactNode } from 'react';
import type { Reason } from '@/lib/api/types';
import { useWords } from '@/lib/i18n/words';
import { reasonsQuery } from '../api/queries';
import { isChoosable } from '../model/allowed';

export function useReasons() {
  const { i18n } = useTranslation();
  const { word } = useWords();
  const { data, isError } = useQuery(reasonsQuery);
  const list: Reason[] = data ?? [{ code: 'busy' }];
  const label = (reason: Reason) => {
    if (i18n.exists(`reason.${reason.code}`)) return word('reason', reason.code);
    return (i18n.language === 'en' ? reason.name_en : reason.name) ?? reason.code;
  };
  return { broken: isError, items: list.filter((one) => isChoosable(one.code)).map((one) => ({ key: one.code, label: label(one) })) };
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
