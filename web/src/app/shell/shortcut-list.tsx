/** `?`: all shortcuts. */
import { Drawer } from 'antd';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { shortcuts } from '@/lib/keys';
import { KeyCap } from '@/ui/key-cap';

export function ShortcutList({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer title={t('shell.shortcuts.title')} open={open} onClose={onClose} mask={false} size={320}>
      <div className="shortcut-list">
        {shortcuts.map(({ command, cap }) => <Fragment key={command}><span>{t(`shell.shortcuts.${command}`)}</span><span><KeyCap>{cap}</KeyCap></span></Fragment>)}
      </div>
    </Drawer>
  );
}
