/** Time first, then the number, then the rest. Every change goes into the address. */
import { Button, DatePicker, Input, Segmented, Select } from 'antd';
import dayjs from 'dayjs';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callResults } from '@/lib/api/types';
import { useWords } from '@/lib/i18n/words';
import { useLiveList } from '@/live/selectors';
import { Icon } from '@/ui/icons/icon';
import { useNarrow } from '@/ui/use-media';
import { periods, type CallSearch, type Period } from '../model/filter';

interface Props { search: CallSearch; onChange: (next: CallSearch) => void }

function NumberField({ value, onChange }: { value: string | undefined; onChange: (number: string | undefined) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  const submit = () => { if (text.trim() !== (value ?? '')) onChange(text.trim() || undefined); };
  return (
    <div className="filter">
      <label htmlFor="call-number">{t('calls.filter.number')}</label>
      <Input id="call-number" className="number-field" type="search" inputMode="tel" allowClear value={text} title={t('calls.filter.number_hint')} prefix={<Icon name="search" size={14} />}
        onChange={(event) => { setText(event.target.value); if (event.target.value === '' && value) onChange(undefined); }} onPressEnter={submit} onBlur={submit} />
    </div>
  );
}

interface ChoiceProps { id: string; label: string; value: string | undefined; options: { value: string; label: string }[]; onChange: (value: string | undefined) => void }

function Choice({ id, label, value, options, onChange }: ChoiceProps) {
  const { t } = useTranslation();
  const known = !value || options.some((one) => one.value === value) ? options : [...options, { value, label: value }];
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <Select id={id} style={{ minWidth: 130 }} value={value ?? ''} showSearch={options.length > 6 ? { optionFilterProp: 'label' } : false}
        onChange={(next: string) => onChange(next || undefined)} options={[{ value: '', label: t('calls.filter.any') }, ...known]} />
    </div>
  );
}

export function Filters({ search, onChange }: Props) {
  const { t, i18n } = useTranslation();
  const { word } = useWords();
  const narrow = useNarrow();
  const queues = useLiveList('queues') ?? [];
  const agents = useLiveList('agents') ?? [];
  const [more, setMore] = useState(Boolean(search.queue ?? search.agent));
  const set = (change: Partial<CallSearch>) => onChange({ ...search, ...change, cursor: undefined });
  const period = search.period ?? 'today';
  const day = (iso: string | undefined) => (iso ? dayjs(iso) : null);
  const open = more || (!narrow && Boolean(search.queue ?? search.agent));
  return (
    <div className="filters" role="search">
      <div className="filter filter-wide">
        <span className="filter-label" id="call-period">{t('calls.filter.period')}</span>
        <Segmented<Period> aria-labelledby="call-period" value={period} onChange={(next) => set({ period: next === 'today' ? undefined : next, from: undefined, to: undefined })}
          options={periods.map((value) => ({ value, label: t(`calls.filter.${value}`) }))} />
      </div>
      {period === 'custom' ? (
        <div className="filter filter-wide">
          <span className="filter-label">{t('calls.filter.from')} – {t('calls.filter.to')}</span>
          <DatePicker.RangePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" allowEmpty={[true, true]} value={[day(search.from), day(search.to)]}
            onChange={(span) => set({ from: span?.[0]?.toISOString(), to: span?.[1]?.toISOString() })} />
        </div>
      ) : null}
      <NumberField value={search.number} onChange={(number) => set({ number })} />
      <Choice id="call-direction" label={t('calls.filter.direction')} value={search.direction} onChange={(direction) => set({ direction })}
        options={(['inbound', 'outbound', 'internal'] as const).map((value) => ({ value, label: word('direction', value) }))} />
      <Choice id="call-result" label={t('calls.filter.result')} value={search.result} onChange={(result) => set({ result })}
        options={callResults.map((value) => ({ value, label: word('result', value) }))} />
      {open ? (
        <>
          <Choice id="call-queue" label={t('calls.filter.queue')} value={search.queue} onChange={(queue) => set({ queue })}
            options={queues.map((one) => ({ value: one.id, label: i18n.language === 'en' ? one.name_en ?? one.name : one.name }))} />
          <Choice id="call-agent" label={t('calls.filter.agent')} value={search.agent} onChange={(agent) => set({ agent })}
            options={agents.map((one) => ({ value: one.id, label: one.name }))} />
        </>
      ) : <Button type="text" onClick={() => setMore(true)}>{t('calls.filter.more')}</Button>}
    </div>
  );
}
