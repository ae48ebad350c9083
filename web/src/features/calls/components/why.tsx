/** Why this agent: each offer with its requirement, who qualified, who was chosen and why the others were not. */
import { useTranslation } from 'react-i18next';
import type { CallDetail, Offer } from '@/lib/api/types';
import { clockTime } from '@/lib/format/date';
import { duration, timer } from '@/lib/format/duration';
import { i18next } from '@/lib/i18n';
import { useWords, word } from '@/lib/i18n/words';
import { Card } from '@/ui/card';
import { Icon } from '@/ui/icons/icon';
import { Empty } from '@/ui/region';

/** The best few are shown; the count says how many there were. */
const best = 5;

function Candidates({ offer }: { offer: Offer }) {
  const { t } = useTranslation();
  const { candidates } = offer.reason;
  const shown = [...candidates].sort((a, b) => Number(b.chosen) - Number(a.chosen) || b.idle_ms - a.idle_ms).slice(0, best);
  const levels = Object.keys(offer.reason.need).length > 0;
  if (shown.length === 0) return <p className="t2">{t('call.why.nobody')}</p>;
  return (
    <table className="table">
      <thead><tr><th>{t('call.why.agent')}</th>{levels ? <th className="right">{t('call.why.level')}</th> : null}<th className="right">{t('call.why.idle')}</th><th className="right">{t('call.why.chosen')}</th></tr></thead>
      <tbody>
        {shown.map((one) => (
          <tr key={one.agent_id} className={one.chosen ? 'on' : undefined}>
            <td className={one.chosen ? 'strong' : undefined}>{one.name}</td>{levels ? <td className="right">{one.level}</td> : null}<td className="right">{timer(one.idle_ms)}</td>
            <td className="right">{one.chosen ? <span className="good" style={{ display: 'inline-block' }}><Icon name="check" size={14} label={t('call.why.chosen')} /></span> : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The server's word: why the agent was barred, else the reason of not ready, else the state. */
function passedWord(why: string): string {
  const family = (['call.passed', 'reason', 'state'] as const).find((one) => i18next.exists(`${one}.${why}`));
  return family ? word(family, why) : why;
}

function OneOffer({ offer, number, of }: { offer: Offer; number: number; of: number }) {
  const { t } = useTranslation();
  const { word } = useWords();
  const length = offer.ended_at ? duration(Date.parse(offer.ended_at) - Date.parse(offer.made_at)) : null;
  const result = length ? t('call.why.after', { length, result: word('call.offer', offer.result) }) : t('call.why.open');
  const tone = offer.result === 'accepted' ? 'tag tag-good' : offer.result === 'missed' || offer.result === 'failed' ? 'tag tag-warn' : 'tag';
  const { reason } = offer;
  const need = Object.entries(reason.need);
  const passed = reason.passed_over;
  return (
    <div className="why-offer">
      <div className="row wrap"><b className="strong">{of > 1 ? t('call.why.attempt', { n: number }) : null} {offer.agent_number} {offer.agent_name}</b><span className={tone}>{result}</span><span className="end t3 small">{clockTime(offer.made_at)}</span></div>
      {reason.rule ? (
        <>
          <div className="row wrap" style={{ rowGap: 2 }}>
            <span className="t2">{t('call.why.need')}</span>
            {need.length > 0 ? need.map(([skill, level]) => <b className="half" key={skill}>{t('call.why.need_item', { skill: word('skill', skill), level })}</b>) : <span>{t('call.why.need_none')}</span>}
            <span className="tag">{word('call.rule', reason.rule)}</span>
            <span className="end t3 small">{t('call.why.qualified', { qualified: reason.qualified, idle: reason.idle })}</span>
          </div>
          <Candidates offer={offer} />
          {passed.length > 0 ? (
            <div className="small why-passed">{t('call.why.passed')}
              <ul>{passed.slice(0, best).map((one) => <li key={one.agent_id}>{t('call.why.passed_item', { name: one.name, why: passedWord(one.why) })}</li>)}</ul>
            </div>
          ) : null}
        </>
      ) : null}
    </div>
  );
}

export function Why({ call }: { call: CallDetail }) {
  const { t } = useTranslation();
  const offers = [...call.offers].sort((a, b) => b.made_at.localeCompare(a.made_at));
  const taken = offers.find((offer) => offer.result === 'accepted');
  return (
    <Card id="why" title={taken ? t('call.why.title_named', { name: taken.agent_name }) : t('call.why.title_plain')} icon="question">
      {offers.length === 0 ? <Empty title={t('call.why.empty')} /> : offers.map((offer, index) => <OneOffer key={offer.id} offer={offer} number={offers.length - index} of={offers.length} />)}
    </Card>
  );
}
