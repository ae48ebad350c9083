/** The row of state buttons below the call bar on the desk. Dimmed buttons stay and say why. */
import { Popover, Tooltip } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { capOf, type Command } from '@/lib/keys';
import { Icon } from '@/ui/icons/icon';
import type { IconName } from '@/ui/icons/paths';
import { KeyCap } from '@/ui/key-cap';
import type { Verb } from '../model/allowed';
import { PhoneChoice } from './phone-choice';
import { ReasonMenu } from './reason-menu';
import { useStateActions } from './use-state-actions';

export function ButtonRow() {
  const { t } = useTranslation();
  const actions = useStateActions();
  const { agent, state, signedOut, panel, setPanel } = actions;
  if (!actions.me.agent_id) return null;

  const button = (verb: Verb, icon: IconName, text: string, key: Command, lit: boolean): ReactNode => {
    const why = actions.why(verb);
    const pending = actions.pending?.verb === verb;
    const planned = actions.planned(verb);
    const tip = pending ? t('desk.tip.pending') : why && !lit ? t(`desk.tip.${why}`) : planned ? t('desk.tip.planned') : undefined;
    return (
      <Tooltip title={tip} key={verb}>
        <button type="button" className={`row-button${lit ? ' row-button-lit' : ''}${planned ? ' row-button-planned' : ''}`} aria-disabled={why !== null || pending} aria-pressed={lit || planned} aria-busy={pending}
          onClick={() => { if (!why && !pending) actions.act[verb](); }}>
          <Icon name={icon} /><span>{text}</span>{planned ? <span className="row-button-plan">{t('desk.planned')}</span> : null}<KeyCap>{capOf(key)}</KeyCap>
        </button>
      </Tooltip>
    );
  };
  const away = state === 'not_ready' && agent?.reason === 'away';
  return (
    <div className="button-row on-bar" role="toolbar" aria-label={t('shell.own_state.menu')}>
      <Popover open={panel === 'phone'} onOpenChange={(next) => { if (!next) setPanel(null); }} trigger="click" placement="bottomLeft" arrow={false} destroyOnHidden
        title={t('desk.sign_in.title')} content={<PhoneChoice own={agent?.extension ?? null} pending={actions.pending?.verb === 'sign_in'} onSignIn={actions.signIn} />}>
        <span>{signedOut ? button('sign_in', 'sign_in', t('desk.button.sign_in'), 'sign_in_out', false) : button('sign_out', 'sign_out', t('desk.button.sign_out'), 'sign_in_out', false)}</span>
      </Popover>
      <i className="button-row-gap" />
      {button('ready', 'ready', t('desk.button.ready'), 'ready', state === 'idle')}
      <ReasonMenu open={panel === 'reason'} onOpenChange={(open) => setPanel(open ? 'reason' : null)} onChoose={actions.notReady} disabled={actions.why('not_ready') !== null}>
        <span>{button('not_ready', 'not_ready', t('desk.button.not_ready'), 'not_ready', state === 'not_ready' && !away)}</span>
      </ReasonMenu>
      {button('away', 'away', t('desk.button.away'), 'away', away)}
      <i className="button-row-gap" />
      {button('finish_wrap_up', 'check', t('desk.button.done_long'), 'finish_wrap_up', false)}
      <span className="end small button-row-hint"><Icon name="phone" />{t('desk.use_phone')}</span>
    </div>
  );
}
