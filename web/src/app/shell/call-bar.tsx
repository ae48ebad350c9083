/** Always on top: own state, current call, the four counters, language, appearance, person. */
import { Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import { languages } from '@/lib/i18n';
import { useMe } from '@/lib/api/session';
import { usePreferences, type Language, type ModeChoice } from '@/lib/preferences';
import { BarCall } from '@/features/agent/components/bar-call';
import { FourCounters } from '@/features/agent/components/four-counters';
import { OwnState } from '@/features/agent/components/own-state';
import { Icon } from '@/ui/icons/icon';
import { Logo } from '@/ui/logo';
import { PersonMenu } from './person-menu';
import { usePageTitle } from './use-page-title';
import { useSetLanguage } from './use-set-language';

const modes: readonly ModeChoice[] = ['light', 'dark', 'system'];

export function CallBar({ onHelp }: { onHelp: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const { language, mode, setMode } = usePreferences();
  const setLanguage = useSetLanguage();
  usePageTitle();
  return (
    <header className="bar on-bar" aria-label={t('shell.landmark.bar')} data-landmark>
      <div className="bar-line">
        <span className="bar-logo"><Logo /></span>
        {me.agent_id ? <OwnState /> : <span className="bar-brand"><Logo size={26} />{t('app.name')}</span>}
        <BarCall />
        <FourCounters className="bar-counters" />
        <div className="bar-tools">
          <Dropdown trigger={['click']} menu={{ selectable: true, selectedKeys: [language], items: languages.map(({ code, name }) => ({ key: code, label: name })), onClick: ({ key }) => setLanguage(key as Language) }}>
            <button type="button" className="bar-tool" aria-label={t('shell.language_label')}><Icon name="globe" size={18} /><span>{languages.find((one) => one.code === language)?.name}</span></button>
          </Dropdown>
          <Dropdown trigger={['click']} menu={{ selectable: true, selectedKeys: [mode], items: modes.map((key) => ({ key, label: t(`shell.mode.${key}`) })), onClick: ({ key }) => setMode(key as ModeChoice) }}>
            <button type="button" className="bar-tool" aria-label={t('shell.mode.label')}><Icon name="sun" size={18} /></button>
          </Dropdown>
        </div>
        <PersonMenu onHelp={onHelp} />
      </div>
      <div className="bar-under"><BarCall /></div>
    </header>
  );
}
