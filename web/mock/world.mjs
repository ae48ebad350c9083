/** The scripted centre: calls arrive, pass the flow, queue, ring, talk, end. Each step is told as facts with their patch. */
import { agents as people, dice, queues as lines, serviceNumber } from './people.mjs';

const iso = (ms) => new Date(ms).toISOString();

export class World {
  constructor({ seed = 7, quiet = false, listen }) {
    this.random = dice(seed);
    this.listen = listen;
    this.quiet = quiet;
    this.seq = 1000;
    this.next = 200_001;
    this.ended = [];
    this.timers = new Map();
    this.state = { calls: {}, queues: {}, agents: {}, lines: {}, figures: { calls_now: 0, calls_today: 686, answered_today: 641, abandoned_today: 33, service_level: 0.914, average_wait_ms: 18_400 } };
    const now = Date.now();
    for (const queue of lines) this.state.queues[queue.id] = { id: queue.id, name: queue.name, name_en: queue.name_en, waiting: 0, longest_wait_since: null, estimated_wait_s: null, ready: 0, signed_in: 0, answered_today: 120 + Math.floor(this.random() * 200), abandoned_today: Math.floor(this.random() * 16), callers: [] };
    people.forEach((one, index) => {
      const state = index === 0 ? 'idle' : index >= 12 ? 'signed_out' : index === 7 || index === 8 || index === 10 ? 'not_ready' : 'idle';
      const reason = { 7: 'training', 8: 'break', 10: 'away' }[index] ?? null;
      this.state.agents[one.id] = { id: one.id, name: one.name, agent_number: one.agent_number, extension: one.extension, state, reason, since: iso(now - 30_000 - Math.floor(this.random() * (index === 8 ? 1 : 400_000)) - (index === 8 ? 962_000 : 0)), call_id: null, queue_id: null, wrap_up_ends_at: null, pending_state: null, pending_reason: null, answered_today: Math.floor(8 + this.random() * 24), missed_today: Math.floor(this.random() * 2) };
      this.state.lines[`p-${one.extension}`] = { id: `p-${one.extension}`, kind: 'phone', name: one.name, number: one.extension, state: index === 9 || index >= 12 ? 'unregistered' : 'registered', since: iso(now - 4_000_000), calls: 0 };
    });
    this.state.lines['t-1'] = { id: 't-1', kind: 'trunk', name: '市话中继一', number: '027-9651 0', state: 'up', since: iso(now - 9_000_000), calls: 0 };
    this.state.lines['t-2'] = { id: 't-2', kind: 'trunk', name: '市话中继二', number: null, state: 'down', since: iso(now - 250_000), calls: 0 };
    this.refresh([]);
  }

  /** Tell facts and what they change; queues and figures follow from calls and agents. */
  tell(facts, touched) {
    const patch = touched.map((path) => ({ path, value: path.reduce((tree, name) => tree?.[name], this.state) ?? null }));
    patch.push(...this.refresh(lines.map((one) => one.id)));
    const from = this.seq + 1;
    this.seq += facts.length;
    this.listen({ type: 'facts', from, seq: this.seq, facts: facts.map((fact, index) => ({ id: from + index, at: iso(Date.now()), ...fact })), patch });
  }

  refresh(ids) {
    const calls = Object.values(this.state.calls);
    for (const queue of Object.values(this.state.queues)) {
      const waiting = calls.filter((call) => call.queue_id === queue.id && (call.phase === 'queue' || call.phase === 'ring')).sort((a, b) => a.entered_at.localeCompare(b.entered_at));
      const members = people.filter((one) => one.queues.includes(queue.id)).map((one) => this.state.agents[one.id]);
      queue.waiting = waiting.length;
      queue.longest_wait_since = waiting[0]?.entered_at ?? null;
      queue.ready = members.filter((one) => one.state === 'idle').length;
      queue.signed_in = members.filter((one) => one.state !== 'signed_out').length;
      queue.estimated_wait_s = waiting.length > 0 ? 20 + waiting.length * 22 : 0;
      queue.callers = waiting.map((call, index) => ({ call_id: call.id, position: index + 1, entered_at: call.entered_at, caller_number: call.caller_number }));
    }
    this.state.figures.calls_now = calls.length;
    this.state.lines['t-1'].calls = calls.length;
    return [...ids.map((id) => ({ path: ['queues', id], value: this.state.queues[id] })), { path: ['figures'], value: this.state.figures }, { path: ['lines', 't-1'], value: this.state.lines['t-1'] }];
  }

  later(ms, step) { const timer = setTimeout(() => { this.timers.delete(timer); step(); }, ms); this.timers.set(timer, step); }

  setAgent(id, change) {
    Object.assign(this.state.agents[id], { since: iso(Date.now()), reason: null, wrap_up_ends_at: null }, change);
    const line = this.state.lines[`p-${this.state.agents[id].extension}`];
    if (line && line.state !== 'unregistered') line.state = ['talking', 'holding', 'ringing'].includes(this.state.agents[id].state) ? 'busy' : 'registered';
  }
  setCall(call, change) { Object.assign(call, change, { phase_since: iso(Date.now()) }); call.marks.push({ phase: call.phase, at: Date.now(), agent_id: call.agent_id }); }

  arrive(number) {
    const id = `c-${this.next++}`;
    const now = Date.now();
    const caller = number ?? `1${['38', '39', '86', '50'][Math.floor(this.random() * 4)]}${String(Math.floor(this.random() * 1e8)).padStart(8, '0')}`;
    const call = { id, direction: 'inbound', caller_number: caller, called_number: serviceNumber, service_number: serviceNumber, phase: 'flow', phase_since: iso(now), arrived_at: iso(now), queue_id: null, queue_name: null, agent_id: null, agent_name: null, language: this.random() < 0.15 ? 'en' : 'zh-CN', recording: false, call_data: {}, marks: [{ phase: 'flow', at: now }] };
    Object.defineProperty(call, 'entered_at', { writable: true, value: null, enumerable: false });
    this.state.calls[id] = call;
    this.state.figures.calls_today += 1;
    this.tell([{ kind: 'CallArrived', call_id: id }], [['calls', id]]);
    this.later(4000 + this.random() * 8000, () => this.enter(call));
    return id;
  }

  enter(call) {
    const queue = this.state.queues[lines[Math.floor(this.random() * this.random() * 3)].id];
    call.entered_at = iso(Date.now());
    this.setCall(call, { phase: 'queue', queue_id: queue.id, queue_name: queue.name, call_data: { account_number: String(27_100_835_567 + Math.floor(this.random() * 1e6)), matter: '停水漏水' } });
    this.tell([{ kind: 'QueueEntered', call_id: call.id, queue_id: queue.id }], [['calls', call.id]]);
    this.match();
    this.later(50_000 + this.random() * 60_000, () => { if (call.phase === 'queue') this.end(call, 'customer', 'abandoned_in_queue'); });
  }

  match() {
    const waiting = Object.values(this.state.calls).filter((call) => call.phase === 'queue').sort((a, b) => a.entered_at.localeCompare(b.entered_at));
    for (const call of waiting) {
      const agent = people.filter((one) => one.queues.includes(call.queue_id)).map((one) => this.state.agents[one.id]).filter((one) => one.state === 'idle').sort((a, b) => a.since.localeCompare(b.since))[0];
      if (agent) this.offer(call, agent);
    }
  }

  offer(call, agent) {
    this.setCall(call, { phase: 'ring', agent_id: agent.id, agent_name: agent.name });
    this.setAgent(agent.id, { state: 'ringing', call_id: call.id, queue_id: call.queue_id });
    this.tell([{ kind: 'OfferMade', call_id: call.id, agent_id: agent.id }], [['calls', call.id], ['agents', agent.id], ['lines', `p-${agent.extension}`]]);
    this.later(3000 + this.random() * 5000, () => {
      if (call.phase !== 'ring') return;
      if (this.random() < 0.06) {
        this.setCall(call, { phase: 'queue', agent_id: null, agent_name: null });
        this.setAgent(agent.id, { state: 'not_ready', reason: 'missed_offer', call_id: null, queue_id: null, missed_today: agent.missed_today + 1 });
        this.tell([{ kind: 'OfferTimedOut', call_id: call.id, agent_id: agent.id }], [['calls', call.id], ['agents', agent.id]]);
        return this.match();
      }
      this.setCall(call, { phase: 'talk', recording: true });
      this.setAgent(agent.id, { state: 'talking', answered_today: agent.answered_today + 1 });
      this.state.figures.answered_today += 1;
      this.state.queues[call.queue_id].answered_today += 1;
      this.tell([{ kind: 'OfferAccepted', call_id: call.id, agent_id: agent.id }], [['calls', call.id], ['agents', agent.id], ['lines', `p-${agent.extension}`]]);
      this.later(20_000 + this.random() * 60_000, () => this.hold(call, agent));
    });
  }

  hold(call, agent) {
    if (call.phase !== 'talk') return;
    if (this.random() < 0.3) {
      this.setCall(call, { phase: 'hold' });
      this.setAgent(agent.id, { state: 'holding' });
      this.tell([{ kind: 'CallHeld', call_id: call.id }], [['calls', call.id], ['agents', agent.id]]);
      this.later(8000 + this.random() * 14_000, () => {
        this.setCall(call, { phase: 'talk' });
        this.setAgent(agent.id, { state: 'talking' });
        this.tell([{ kind: 'CallResumed', call_id: call.id }], [['calls', call.id], ['agents', agent.id]]);
        this.later(15_000 + this.random() * 40_000, () => this.end(call, 'customer', 'answered'));
      });
    } else this.later(20_000 + this.random() * 70_000, () => this.end(call, 'customer', 'answered'));
  }

  end(call, by, result) {
    if (!this.state.calls[call.id]) return;
    const now = Date.now();
    const agent = call.agent_id ? this.state.agents[call.agent_id] : null;
    delete this.state.calls[call.id];
    this.ended.unshift({ ...call, entered_at: call.entered_at, ended_at: iso(now), ended_by: by, result, phase: 'ended' });
    const touched = [['calls', call.id]];
    if (result === 'abandoned_in_queue') {
      this.state.figures.abandoned_today += 1;
      this.state.queues[call.queue_id].abandoned_today += 1;
    }
    if (agent) {
      this.setAgent(agent.id, { state: 'wrap_up', call_id: null, wrap_up_ends_at: iso(now + 30_000) });
      touched.push(['agents', agent.id], ['lines', `p-${agent.extension}`]);
      const since = agent.since;
      this.later(agent.id === 'a-1' ? 30_000 : 8000 + this.random() * 20_000, () => { if (agent.state === 'wrap_up' && agent.since === since) this.ready(agent.id); });
    }
    this.tell([{ kind: 'CallEnded', call_id: call.id, result }], touched);
  }

  ready(id) {
    this.setAgent(id, { state: 'idle', call_id: null, queue_id: null });
    this.tell([{ kind: 'AgentReady', agent_id: id }], [['agents', id]]);
    this.match();
  }
  command(id, verb, body) {
    const agent = this.state.agents[id];
    if (!agent) return null;
    if (['talking', 'holding', 'ringing'].includes(agent.state)) {
      const pending = { not_ready: 'not_ready', sign_out: 'signed_out' }[verb] ?? null;
      Object.assign(agent, { pending_state: pending, pending_reason: pending === 'not_ready' ? body?.reason ?? 'busy' : null });
      this.tell([{ kind: 'AgentPendingSet', agent_id: id }], [['agents', id]]);
      return agent;
    }
    if (verb === 'sign_in' || verb === 'ready' || verb === 'finish_wrap_up') {
      const extension = body?.extension ?? agent.extension;
      if (verb === 'sign_in' && this.state.lines[`p-${extension}`]?.state === 'unregistered') return { status: 409, code: 'no-extension' };
      if (verb === 'sign_in') agent.extension = extension;
      this.ready(id);
    } else {
      this.setAgent(id, verb === 'sign_out' ? { state: 'signed_out', call_id: null } : { state: 'not_ready', reason: body?.reason ?? 'busy' });
      this.tell([{ kind: verb === 'sign_out' ? 'AgentSignedOut' : 'AgentNotReady', agent_id: id }], [['agents', id]]);
    }
    return agent;
  }

  start() {
    if (this.quiet) return;
    const next = () => { this.arrive(); this.later(2500 + this.random() * 11_000, next); };
    for (let index = 0; index < 8; index += 1) this.later(index * 900, () => this.arrive(index === 0 ? '13871562043' : undefined));
    this.later(9000, next);
  }
}
