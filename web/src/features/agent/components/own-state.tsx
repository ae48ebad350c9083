/** Own state in the call bar: shape, word, running time, and the menu that changes it. */
import { Dropdown, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { capOf } from '@/lib/keys';
import { signOf } from '@/live/agent-state';
import { useStateLabel } from '@/live/use-state-label';
import { Icon } from '@/ui/icons/icon';
import { KeyCap } from '@/ui/key-cap';
import { Since } from '@/ui/live-time';
import { StateShape } from '@/ui/shapes';
import { PhoneChoice } from './phone-choice';
import { useReasons } from './reason-menu';
import { useStateActions, useStateShortcuts } from './use-state-actions';
import '../agent.css';

export function OwnState() {
  const { t } = useTranslation();
  const actions = useStateActions();
  const label = useStateLabel();
  const reasons = useReasons();
  const [open, setOpen] = useState(false);
  useStateShortcuts(actions);
  const { agent, lost, why, act, signedOut } = actions;
  if (!actions.me.agent_id) return null;
  if (!agent) return <span className="own-state own-state-lost"><StateShape sign="lost" size={14} />{t(lost ? 'shell.own_state.reconnecting' : 'shell.own_state.unsure')}</span>;

  const entry = (verb: 'ready' | 'away' | 'finish_wrap_up' | 'sign_in' | 'sign_out', text: string, cap: string) => ({
    key: verb, disabled: why(verb) !== null, onClick: act[verb],
    label: <span className="menu-line">{text}<KeyCap>{cap}</KeyCap></span>,
  });
  const items = [
    entry('ready', t('desk.button.ready'), capOf('ready')),
    { key: 'not_ready', disabled: why('not_ready') !== null, label: <span className="menu-line">{t('desk.button.not_ready')}<KeyCap>{capOf('not_ready')}</KeyCap></span>,
      children: reasons.items.map((one) => ({ ...one, key: `reason:${one.key}`, onClick: () => actions.notReady(one.key) })) },
    entry('away', t('desk.button.away'), capOf('away')),
    ...(agent.state === 'wrap_up' ? [entry('finish_wrap_up', t('desk.button.done_long'), capOf('finish_wrap_up'))] : []),
    { type: 'divider' as const },
    signedOut ? entry('sign_in', t('desk.button.sign_in'), capOf('sign_in_out')) : entry('sign_out', t('desk.button.sign_out'), capOf('sign_in_out')),
  ];
  // Alt+2 opens this menu with the reasons in sight; Alt+0 opens the choice of phone.
  const menuOpen = open || actions.panel === 'reason';
  const sign = signOf(agent);
  return (
    <Popover open={actions.panel === 'phone'} onOpenChange={(next) => { if (!next) actions.setPanel(null); }} trigger="click" placement="bottomLeft" arrow={false} destroyOnHidden
      title={t('desk.sign_in.title')} content={<PhoneChoice own={agent.extension} pending={actions.pending?.verb === 'sign_in'} onSignIn={actions.signIn} />}>
      <Dropdown open={menuOpen && actions.panel !== 'phone'} trigger={['click']} autoFocus
        onOpenChange={(next) => { setOpen(next); if (!next) actions.setPanel(null); }}
        menu={{ items: actions.panel === 'reason' ? reasons.items.map((one) => ({ ...one, onClick: () => { actions.setPanel(null); actions.notReady(one.key); } })) : items, onClick: () => setOpen(false) }}>
        <button type="button" className={`own-state own-state-${sign}${lost ? ' own-state-lost' : ''}`} aria-label={t('shell.own_state.menu')} aria-busy={actions.pending !== null}>
          <StateShape sign={lost ? 'lost' : sign} size={14} />
          <span className="own-state-word">{lost ? t('shell.own_state.unsure') : label(agent)}</span>
          {signedOut ? null : <span className="own-state-time"><Since from={agent.since} /></span>}
          <Icon name="down" />
        </button>
      </Dropdown>
    </Popover>
  );
}
