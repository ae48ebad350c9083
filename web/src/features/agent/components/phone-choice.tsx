/** With which phone to sign in. */
import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWords } from '@/lib/i18n/words';
import { useLiveList } from '@/live/selectors';

interface Props { own: string | null; pending: boolean; onSignIn: (extension?: string) => void }

export function PhoneChoice({ own, pending, onSignIn }: Props) {
  const { t } = useTranslation();
  const { word } = useWords();
  const phones = (useLiveList('lines') ?? []).filter((line) => line.kind === 'phone' && line.number);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const value = chosen ?? own ?? phones[0]?.number ?? undefined;
  const line = phones.find((one) => one.number === value);
  const options = phones.map((one) => ({
    value: one.number ?? '',
    label: one.number === own
      ? t('desk.sign_in.own', { number: one.number })
      : t('desk.sign_in.phone_state', { number: one.number, name: one.name, state: word('board.line_state', one.state) }),
  }));
  if (own && !options.some((one) => one.value === own)) options.unshift({ value: own, label: t('desk.sign_in.own', { number: own }) });
  return (
    <form className="phone-choice" onSubmit={(event) => { event.preventDefault(); onSignIn(value); }}>
      <label htmlFor="sign-in-phone" className="small t2">{t('desk.sign_in.phone')}</label>
      <Select id="sign-in-phone" value={value} onChange={setChosen} options={options} showSearch={{ optionFilterProp: 'label' }}
        notFoundContent={t('desk.sign_in.none')} />
      <p className="small t3">{t('desk.sign_in.hint')}</p>
      {line?.state === 'unregistered' ? <p className="small warn">{t('desk.sign_in.unregistered')}</p> : null}
      <Button type="primary" htmlType="submit" loading={pending} disabled={!value}>{t('desk.button.sign_in')}</Button>
    </form>
  );
}
