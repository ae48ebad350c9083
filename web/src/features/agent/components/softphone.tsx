/** The softphone: the telephone in this page. */
import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { phone } from '@/lib/format/phone';
import { answer, hangUp, levels, mute, resumeSoftphone, takeHere, turnOff, turnOn, useSoftphone } from '@/lib/softphone/store';
import { Card } from '@/ui/card';

const meterMs = 100;

function Level() {
  const { t } = useTranslation();
  const [now, setNow] = useState<[number, number]>([0, 0]);
  useEffect(() => {
    const timer = setInterval(() => setNow(levels()), meterMs);
    return () => clearInterval(timer);
  }, []);
  const bar = (label: string, level: number) => <label className="softphone-level"><span>{label}</span><meter min={0} max={0.5} value={level} /></label>;
  return <span className="row">{bar(t('desk.softphone.said'), now[0])}{bar(t('desk.softphone.heard'), now[1])}</span>;
}

export function Softphone() {
  const { t } = useTranslation();
  const { seat, extension, call, muted, trouble } = useSoftphone();
  useEffect(resumeSoftphone, []);
  const hint = seat === 'here' ? t('desk.softphone.seat.here', { number: extension }) : t(`desk.softphone.seat.${seat}`);
  return (
    <Card title={t('desk.softphone.title')} icon="phone" hint={hint} className={`softphone softphone-${seat}`}
      extra={seat === 'off' ? <Button size="small" onClick={turnOn}>{t('desk.softphone.on')}</Button>
        : seat === 'elsewhere' ? <Button size="small" onClick={takeHere}>{t('desk.softphone.take')}</Button>
          : call ? null : <Button size="small" onClick={turnOff}>{t('desk.softphone.off')}</Button>}>
      {call ? (
        <div className="softphone-call" data-phase={call.phase}>
          <b className="strong">{phone(call.caller)}</b><span className="t2">{t(`desk.softphone.phase.${call.phase}`)}</span>
          {call.phase === 'talking' ? <Level /> : null}
          <span className="end row">
            {call.phase === 'ringing' ? <Button type="primary" className="softphone-answer" onClick={answer}>{t('desk.softphone.answer')}</Button> : null}
            {call.phase === 'talking' ? <Button className="softphone-mute" aria-pressed={muted} onClick={() => mute(!muted)}>{t(muted ? 'desk.softphone.unmute' : 'desk.softphone.mute')}</Button> : null}
            <Button danger className="softphone-hang-up" onClick={hangUp}>{t('desk.softphone.hang_up')}</Button>
          </span>
        </div>
      ) : null}
      {trouble ? <p className="softphone-trouble" role="alert">{t(`desk.softphone.trouble.${trouble}`)}</p> : null}
    </Card>
  );
}
