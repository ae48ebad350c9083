/** Calls of the past and the full record of any of them. */
import { agents, dice, queues, serviceNumber } from './people.mjs';

const iso = (ms) => new Date(Math.round(ms)).toISOString();
const callers = ['13871562043', '18607164420', '13907110815', '15072386637', '02787654410', '18971603391', '13339857752', '15926201188'];

/** One finished call as a row of the list. */
function row(index, now) {
  const random = dice(index * 7919 + 17);
  const arrived = now - 240_000 - index * (150_000 + random() * 260_000);
  const outbound = random() < 0.08;
  const fate = random();
  const result = outbound ? 'answered' : fate < 0.74 ? 'answered' : fate < 0.84 ? 'abandoned_in_queue' : fate < 0.9 ? 'self_served' : fate < 0.95 ? 'abandoned_in_flow' : fate < 0.975 ? 'timed_out' : 'failed';
  const queued = !outbound && !['self_served', 'abandoned_in_flow', 'failed'].includes(result);
  const queue = queued ? queues[Math.floor(random() * queues.length)] : null;
  const agent = result === 'answered' ? agents[Math.floor(random() * agents.length)] : null;
  const flow = outbound ? 0 : 14_000 + random() * 24_000;
  const wait = queued ? 2000 + random() * random() * 140_000 : 0;
  const talk = agent ? 35_000 + random() * 380_000 : 0;
  const hold = agent && random() < 0.25 ? 12_000 + random() * 50_000 : 0;
  const wrap = agent ? 6000 + random() * 54_000 : 0;
  const caller = random() < 0.3 ? callers[Math.floor(random() * callers.length)] : `1${['38', '39', '86', '50', '33'][Math.floor(random() * 5)]}${String(Math.floor(random() * 1e8)).padStart(8, '0')}`;
  const duration = flow + wait + talk + hold;
  return {
    id: `c-${String(100_000 - index)}`, direction: outbound ? 'outbound' : 'inbound', arrived_at: iso(arrived), ended_at: iso(arrived + duration),
    caller_number: outbound ? agent.extension : caller, called_number: outbound ? caller : serviceNumber, service_number: outbound ? null : serviceNumber,
    queue_id: queue?.id ?? null, queue_name: queue?.name ?? null, agent_id: agent?.id ?? null, agent_name: agent?.name ?? null, phase: 'ended', result,
    ended_by: result === 'failed' ? 'system' : result === 'timed_out' ? 'system' : agent && random() < 0.3 ? 'agent' : 'customer',
    total_wait_ms: Math.round(wait), talk_ms: Math.round(talk), hold_ms: Math.round(hold), wrap_up_ms: Math.round(wrap), duration_ms: Math.round(duration), has_recording: Boolean(agent),
    flow_ms: flow,
  };
}

export function pastCalls(count, now) {
  return Array.from({ length: count }, (_, index) => row(index, now)).sort((a, b) => b.arrived_at.localeCompare(a.arrived_at));
}

/** The whole record of a finished row. */
export function detailOf(call) {
  const random = dice(Number(call.id.replace(/\D/g, '')) || 1);
  const start = Date.parse(call.arrived_at);
  const flow = call.flow_ms ?? 20_000;
  const agent = agents.find((one) => one.id === call.agent_id);
  const queue = queues.find((one) => one.id === call.queue_id);
  const entered = start + flow;
  const ring = agent && queue ? Math.min(call.total_wait_ms, 3000 + random() * 6000) : 0;
  const second = Boolean(agent && queue && call.total_wait_ms > 45_000);
  const answered = entered + call.total_wait_ms;
  const end = Date.parse(call.ended_at);
  const segments = [];
  const customer = (kind, from, to) => { if (to - from > 1) segments.push({ timeline: 'customer', party_id: 'customer', party_name: null, kind, started_at: iso(from), ended_at: iso(to) }); };
  const side = (who, kind, from, to) => { if (to - from > 1) segments.push({ timeline: 'agent', party_id: who.id, party_name: `${who.agent_number} ${who.name}`, kind, started_at: iso(from), ended_at: iso(to) }); };
  const other = agents[(agents.indexOf(agent) + 3) % agents.length];
  const offers = [];
  const reason = (chosen) => ({
    rule: 'longest_idle', need: { [queue?.name ?? 'hotline']: 2 }, qualified: 7, idle: 4,
    candidates: [chosen, ...agents.filter((one) => one !== chosen && one !== other).slice(2, 5)].map((one, index) => ({ agent_id: one.id, name: one.name, idle_ms: Math.round(186_000 - index * 41_000), level: 4 - (index % 3), chosen: one === chosen })),
    passed_over: agents.slice(8, 12).filter((one) => one !== chosen).map((one, index) => ({ agent_id: one.id, name: one.name, why: ['talking', 'wrap_up', 'meal', 'refused_this_call'][index] })),
  });
  const offer = (id, who, from, to, result) => offers.push({ id, agent_id: who.id, agent_name: who.name, agent_number: who.agent_number, made_at: iso(from), ended_at: iso(to), result, reason: reason(who) });
  if (call.direction === 'inbound') customer('flow', start, Math.min(entered, end));
  if (queue) {
    if (second) {
      const from = entered + 9000;
      customer('queue', entered, from);
      customer('ring', from, from + 15_000);
      side(other, 'ring', from, from + 15_000);
      offer('o-1', other, from, from + 15_000, 'missed');
      customer('queue', from + 15_000, answered - ring);
    } else customer('queue', entered, answered - ring);
    if (agent) {
      customer('ring', answered - ring, answered);
      side(agent, 'ring', answered - ring, answered);
      offer('o-2', agent, answered - ring, answered, 'accepted');
    }
  } else if (call.direction === 'outbound') customer('dial', start, start + 1);
  if (agent) {
    const firstTalk = call.hold_ms > 0 ? call.talk_ms * 0.6 : call.talk_ms;
    for (const put of [customer, (...rest) => side(agent, ...rest)]) {
      put('talk', answered, answered + firstTalk);
      if (call.hold_ms > 0) {
        put('hold', answered + firstTalk, answered + firstTalk + call.hold_ms);
        put('talk', answered + firstTalk + call.hold_ms, end);
      }
    }
    side(agent, 'wrap_up', end, end + call.wrap_up_ms);
  }
  const account = String(27_100_835_567 + Math.floor(random() * 1e6));
  const digits = [...account, '#'];
  const keys = call.direction === 'inbound' && flow > 15_000 ? [
    { at: iso(start + 4000), digit: '1', node: 'language', method: 'rfc4733' }, { at: iso(start + 8000), digit: '2', node: 'menu', method: 'rfc4733' },
    ...digits.map((digit, index) => ({ at: iso(start + 10_000 + index * 380), digit, node: 'account', method: 'rfc4733' })),
  ] : [];
  const path = call.direction === 'inbound' ? [
    { at: iso(start), node_id: 'hello', node_kind: 'play', label: '欢迎词', exit: 'done' }, { at: iso(start + 2500), node_id: 'language', node_kind: 'menu', label: '选择语言', exit: '1' },
    { at: iso(start + 5000), node_id: 'menu', node_kind: 'menu', label: '主菜单', exit: '2' }, { at: iso(start + 9000), node_id: 'account', node_kind: 'collect', label: '输入户号', exit: 'ok' },
  ] : [];
  const legs = [{ id: 'l-1', party: 'customer', number: call.direction === 'outbound' ? call.called_number : call.caller_number, started_at: call.arrived_at, answered_at: iso(start + 200), ended_at: call.ended_at, ended_by: call.ended_by, hangup_cause: 16, codec: 'PCMA', loss: 0.0012, jitter_ms: 5.8, mos: 4.3 }];
  if (agent) legs.push({ id: 'l-2', party: 'agent', number: agent.extension, started_at: iso(answered - ring), answered_at: iso(answered), ended_at: call.ended_at, ended_by: call.ended_by, hangup_cause: 16, codec: 'PCMA', loss: 0, jitter_ms: 1.2, mos: 4.4 });
  return {
    ...call, language: 'zh-CN', call_data: call.direction === 'inbound' ? { account_number: account, matter: '停水漏水' } : {}, segments, keys, path,
    visits: queue ? [{ queue_id: queue.id, queue_name: queue.name, entered_at: iso(entered), left_at: iso(answered), outcome: agent ? 'answered' : call.result === 'timed_out' ? 'timed_out' : 'abandoned', wait_ms: call.total_wait_ms, position_announced: call.total_wait_ms > 30_000 ? [3, 2] : [] }] : [],
    offers, legs,
    recordings: agent ? [{ id: `r-${call.id}`, started_at: iso(answered), duration_ms: Math.round(end - answered), bytes: Math.round((end - answered) * 16), sha256: '9f2c41d07be3a8651c0f4dd2b7e6a19053c8f7e4d1b2a6908e5c3f7a1d4b6e82', state: 'closed', gap_count: 0, reason: null }] : [],
  };
}

export function factsOf(detail) {
  const facts = [{ at: detail.arrived_at, kind: 'CallArrived', data: { caller_number: detail.caller_number, service_number: detail.service_number } }];
  for (const key of detail.keys) facts.push({ at: key.at, kind: 'DigitPressed', data: { digit: key.digit, node: key.node } });
  for (const visit of detail.visits) facts.push({ at: visit.entered_at, kind: 'QueueEntered', data: { queue_id: visit.queue_id } }, { at: visit.left_at, kind: 'QueueLeft', data: { queue_id: visit.queue_id, outcome: visit.outcome, wait_ms: visit.wait_ms } });
  for (const offer of detail.offers) facts.push({ at: offer.made_at, kind: 'OfferMade', data: { agent_id: offer.agent_id } }, { at: offer.ended_at, kind: { accepted: 'OfferAccepted', missed: 'OfferTimedOut' }[offer.result] ?? 'OfferWithdrawn', data: { agent_id: offer.agent_id } });
  if (detail.ended_at) facts.push({ at: detail.ended_at, kind: 'CallEnded', data: { ended_by: detail.ended_by, result: detail.result } });
  return facts.filter((fact) => fact.at).sort((a, b) => a.at.localeCompare(b.at)).map((fact, index) => ({ id: 41_000 + index, ...fact }));
}
