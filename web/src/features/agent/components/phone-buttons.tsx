/** State buttons on a phone: 44 px, shape and word. */
import { Drawer } from 'antd';
import { useTranslation } from 'react-i18next';
import type { StateSign } from '@/live/agent-state';
import { StateShape } from '@/ui/shapes';
import { PhoneChoice } from './phone-choice';
import { ReasonMenu } from './reason-menu';
import { useStateActions } from './use-state-actions';
import type { Verb } from '../model/allowed';

export function PhoneButtons() {
  const { t } = useTranslation();
  const actions = useStateActions();
  const { agent, state, signedOut, panel, setPanel } = actions;
  const away = state === 'not_ready' && agent?.reason === 'away';
  const button = (verb: Verb, sign: StateSign, text: string, lit: boolean) => {
    const why = actions.why(verb);
    const planned = actions.planned(verb);
    return (
      <button type="button" className={`phone-button${lit ? ' phone-button-lit' : ''}${planned ? ' phone-button-planned' : ''}`} aria-pressed={lit || planned} aria-disabled={why !== null} title={why && !lit ? t(`desk.tip.${why}`) : undefined}
        style={{ '--own': `var(--s-${sign})`, '--own-bg': `var(--b-${sign})`, '--shape-cut': lit ? `var(--b-${sign})` : 'var(--card)' } as React.CSSProperties}
        onClick={() => { if (!why) actions.act[verb](); }}><StateShape sign={sign} />{text}</button>
    );
  };
  return (
    <div className="phone-buttons">
      {button('ready', 'ready', t('desk.button.ready'), state === 'idle')}
      <ReasonMenu open={panel === 'reason'} onOpenChange={(open) => setPanel(open ? 'reason' : null)} onChoose={actions.notReady} disabled={actions.why('not_ready') !== null}>
        {button('not_ready', 'busy', t('desk.button.not_ready'), state === 'not_ready' && !away)}
      </ReasonMenu>
      {button('away', 'away', t('desk.button.away'), away)}
      {signedOut ? button('sign_in', 'offline', t('desk.button.sign_in'), false) : button('sign_out', 'offline', t('desk.button.sign_out'), false)}
      <Drawer placement="bottom" open={panel === 'phone'} onClose={() => setPanel(null)} title={t('desk.sign_in.title')} destroyOnHidden size={300}>
        <PhoneChoice own={agent?.extension ?? null} pending={actions.pending?.verb === 'sign_in'} onSignIn={actions.signIn} />
      </Drawer>
    </div>
  );
}
