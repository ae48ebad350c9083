/** The record of a call that is in progress, or ended while this server ran. */
import { agents, queues } from './people.mjs';

const iso = (ms) => new Date(ms).toISOString();

export function rowOf(call, now = Date.now()) {
  const length = (...phases) => call.marks.reduce((sum, mark, index) => sum + (phases.includes(mark.phase) ? (call.marks[index + 1]?.at ?? (call.ended_at ? Date.parse(call.ended_at) : now)) - mark.at : 0), 0);
  return {
    id: call.id, direction: call.direction, arrived_at: call.arrived_at, ended_at: call.ended_at ?? null, caller_number: call.caller_number, called_number: call.called_number, service_number: call.service_number,
    queue_id: call.queue_id, queue_name: call.queue_name, agent_id: call.agent_id, agent_name: call.agent_name, phase: call.phase, result: call.result ?? null, ended_by: call.ended_by ?? null,
    total_wait_ms: length('queue', 'ring'), talk_ms: length('talk'), hold_ms: length('hold'), wrap_up_ms: 0, duration_ms: (call.ended_at ? Date.parse(call.ended_at) : now) - Date.parse(call.arrived_at), has_recording: call.recording,
  };
}

export function liveDetail(call) {
  const start = Date.parse(call.arrived_at);
  const row = rowOf(call);
  const agent = agents.find((one) => one.id === call.agent_id);
  const queue = queues.find((one) => one.id === call.queue_id);
  const segments = [];
  call.marks.forEach((mark, index) => {
    const to = call.marks[index + 1]?.at;
    const ended = to ? iso(to) : call.ended_at ?? null;
    segments.push({ timeline: 'customer', party_id: 'customer', party_name: null, kind: mark.phase, started_at: iso(mark.at), ended_at: ended });
    const who = agents.find((one) => one.id === mark.agent_id);
    if (who && ['ring', 'talk', 'hold'].includes(mark.phase)) segments.push({ timeline: 'agent', party_id: who.id, party_name: `${who.agent_number} ${who.name}`, kind: mark.phase, started_at: iso(mark.at), ended_at: ended });
  });
  const talkAt = call.marks.find((mark) => mark.phase === 'talk')?.at;
  const ringAt = call.marks.findLast((mark) => mark.phase === 'ring')?.at;
  const account = String(call.call_data.account_number ?? '');
  return {
    ...row, language: call.language, call_data: call.call_data, segments,
    keys: account ? [{ at: iso(start + 1500), digit: '1', node: 'language', method: 'rfc4733' }, { at: iso(start + 2500), digit: '2', node: 'menu', method: 'rfc4733' }, ...[...account, '#'].map((digit, index) => ({ at: iso(start + 3000 + index * 60), digit, node: 'account', method: 'rfc4733' }))] : [],
    path: [{ at: iso(start), node_id: 'hello', node_kind: 'play', label: '欢迎词', exit: null }, { at: iso(start + 1000), node_id: 'language', node_kind: 'menu', label: '选择语言', exit: '1' }, ...(account ? [{ at: iso(start + 2000), node_id: 'menu', node_kind: 'menu', label: '主菜单', exit: '2' }, { at: iso(start + 2900), node_id: 'account', node_kind: 'collect', label: '输入户号', exit: 'ok' }] : [])],
    visits: queue ? [{ queue_id: queue.id, queue_name: queue.name, entered_at: call.entered_at, left_at: talkAt ? iso(talkAt) : null, outcome: talkAt ? 'answered' : null, wait_ms: row.total_wait_ms, position_announced: [] }] : [],
    offers: agent && ringAt ? [{ id: 'o-1', agent_id: agent.id, agent_name: agent.name, agent_number: agent.agent_number, made_at: iso(ringAt), ended_at: talkAt ? iso(talkAt) : null, result: talkAt ? 'accepted' : null,
      reason: { rule: 'longest_idle', need: { [queue.name]: 2 }, qualified: 2, idle: 1, candidates: [{ agent_id: agent.id, name: agent.name, idle_ms: 136_000, level: 4, chosen: true }], passed_over: [{ agent_id: 'a-8', name: '郭婷', why: 'break' }] } }] : [],
    recordings: talkAt ? [{ id: `r-${call.id}`, started_at: iso(talkAt), duration_ms: Math.max(1000, (call.ended_at ? Date.parse(call.ended_at) : Date.now()) - talkAt), bytes: null, sha256: null, state: call.ended_at ? 'closed' : 'recording', gap_count: 0, reason: null }] : [],
    legs: [{ id: 'l-1', party: 'customer', number: call.caller_number, started_at: call.arrived_at, answered_at: call.arrived_at, ended_at: call.ended_at ?? null, ended_by: call.ended_by ?? null, hangup_cause: call.ended_at ? 16 : null, codec: 'PCMA', loss: null, jitter_ms: null, mos: null }],
  };
}
