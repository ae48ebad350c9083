/**
 * A pretended server for development and pictures: the built pages, the HTTP interface and the live socket.
 * PORT (8010), QUIET=1 (no calls arrive), EMPTY=1 (nothing has happened yet).
 * POST /mock/drop?ms=8000 cuts the live socket; POST /mock/break?path=/api/calls breaks a path until /mock/mend;
 * POST /mock/call?number=… lets a call arrive.
 */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { detailOf, factsOf, pastCalls } from './history.mjs';
import { liveDetail, rowOf } from './live-detail.mjs';
import { permissions, reasons, users } from './people.mjs';
import { waveform, wav } from './sound.mjs';
import { World } from './world.mjs';

const port = Number(process.env.PORT ?? 8010);
const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const sockets = new Set();
const broken = new Set();
const failures = new Map();
let deaf = 0;

const world = new World({ quiet: Boolean(process.env.QUIET ?? process.env.EMPTY), listen: (message) => sockets.forEach((socket) => socket.send(JSON.stringify(message))) });
if (process.env.EMPTY) world.state = { calls: {}, queues: {}, agents: {}, lines: {}, figures: { calls_now: 0, calls_today: 0, answered_today: 0, abandoned_today: 0, service_level: null, average_wait_ms: null } };
world.start();
const past = process.env.EMPTY ? [] : pastCalls(620, Date.now());
const allCalls = () => [...Object.values(world.state.calls).map((call) => rowOf(call)).reverse(), ...world.ended.map((call) => rowOf(call)), ...past];
const sessions = new Map();

class Problem extends Error {
  constructor(status, code, extra = {}) { super(code); this.body = { type: `/problems/${code}`, title: code, status, code, ...extra }; }
}
const publicUser = ({ password: _password, ...user }) => ({ id: user.id, name: user.name, display_name: user.display_name, role: user.role, agent_id: user.agent_id, must_change_password: Boolean(user.must_change_password), language: user.language ?? null, permissions: permissions[user.role] });
const listedUser = (user) => ({ id: user.id, name: user.name, display_name: user.display_name, role: user.role, is_active: user.is_active, agent_number: user.agent_number, extension: user.extension, last_login_at: user.last_login_at ?? null });
const mask = (number, user) => (user.role === 'agent' && number?.length > 7 ? `${number.slice(0, 3)}****${number.slice(-4)}` : number);

function listCalls(query, user) {
  const is = (name, field) => { const wanted = query.get(name); return (call) => !wanted || call[field] === wanted; };
  const from = query.get('from'); const to = query.get('to'); const number = query.get('number');
  const found = allCalls().filter((call) => (!from || call.arrived_at >= from) && (!to || call.arrived_at < to)
    && (!number || call.caller_number?.includes(number) || call.called_number?.includes(number))
    && is('direction', 'direction')(call) && is('result', 'result')(call) && is('queue_id', 'queue_id')(call) && is('agent_id', 'agent_id')(call));
  const start = Number(query.get('cursor') ?? 0); const limit = Number(query.get('limit') ?? 50);
  return {
    items: found.slice(start, start + limit).map((call) => ({ ...call, caller_number: mask(call.caller_number, user), called_number: mask(call.called_number, user) })), next_cursor: start + limit < found.length ? String(start + limit) : null, total: found.length,
    totals: { talk_ms: found.reduce((sum, call) => sum + call.talk_ms, 0), wait_ms: found.reduce((sum, call) => sum + call.total_wait_ms, 0) },
  };
}
function callDetail(id) {
  const living = world.state.calls[id] ?? world.ended.find((call) => call.id === id);
  if (living) return liveDetail(living);
  const row = past.find((call) => call.id === id);
  if (!row) throw new Problem(404, 'not-found');
  return detailOf(row);
}
function recording(id) {
  const found = callDetail(id.slice(2)).recordings[0];
  if (!found) throw new Problem(404, 'not-found');
  return found;
}

function login({ name, password }) {
  const failed = failures.get(name) ?? { count: 0, until: 0 };
  if (failed.until > Date.now()) throw new Problem(429, 'too-many-attempts', { retry_after_s: Math.ceil((failed.until - Date.now()) / 1000) });
  const user = users.find((one) => one.name === name && one.password === password);
  if (!user) {
    failures.set(name, { count: failed.count + 1, until: failed.count >= 2 ? Date.now() + 30_000 : 0 });
    throw new Problem(401, 'wrong-credentials');
  }
  if (!user.is_active) throw new Problem(403, 'user-inactive');
  user.last_login_at = new Date().toISOString();
  const key = `s${Math.random().toString(36).slice(2)}`;
  sessions.set(key, user);
  return { key, user };
}

async function route(method, url, body, user, response) {
  const path = url.pathname;
  const at = (pattern) => path.match(pattern)?.slice(1).map(decodeURIComponent);
  let found;
  if (path === '/api/session/password') {
    if (user.password !== body.old_password) throw new Problem(422, 'wrong-old-password', { errors: [{ field: 'old_password', message: 'Not right.' }] });
    Object.assign(user, { password: body.new_password, must_change_password: false });
    return null;
  }
  if (path === '/api/users' && method === 'GET') return { items: users.map(listedUser) };
  if (path === '/api/users') {
    if (users.some((one) => one.name === body.name)) throw new Problem(409, 'name-taken', { errors: [{ field: 'name', message: 'already taken' }] });
    users.push({ id: `u-${users.length + 40}`, is_active: true, agent_id: null, agent_number: null, extension: null, must_change_password: true, ...body });
    return listedUser(users.at(-1));
  }
  if ((found = at(/^\/api\/users\/([^/]+)$/))) return listedUser(Object.assign(users.find((one) => one.id === found[0]), body));
  if (path === '/api/calls') return listCalls(url.searchParams, user);
  if ((found = at(/^\/api\/calls\/([^/]+)\/facts$/))) return { items: factsOf(callDetail(found[0])) };
  if ((found = at(/^\/api\/calls\/([^/]+)$/))) return callDetail(found[0]);
  if ((found = at(/^\/api\/callers\/([^/]+)\/calls$/))) return { items: allCalls().filter((call) => call.caller_number === found[0] && call.ended_at).slice(0, 20) };
  if (path === '/api/reasons') return reasons;
  if (path === '/api/me/today') return { answered: 27, talk_ms: 6_820_000, wrap_up_ms: 1_026_000, missed: 1 };
  if ((found = at(/^\/api\/agents\/([^/]+)\/([a-z_]+)$/))) {
    const result = world.command(found[0] === 'me' ? user.agent_id : found[0], found[1], body);
    if (!result) throw new Problem(404, 'not-found');
    if (result.code) throw new Problem(result.status, result.code);
    return result;
  }
  if ((found = at(/^\/api\/recordings\/([^/]+)\/waveform$/))) return waveform(found[0], recording(found[0]).duration_ms / 1000, Number(url.searchParams.get('points') ?? 800));
  if ((found = at(/^\/api\/recordings\/([^/]+)\/audio$/))) return sendAudio(response, found[0], url);
  throw new Problem(404, 'not-found');
}

function sendAudio(response, id, url) {
  const sound = wav(id, recording(id).duration_ms / 1000);
  const range = /bytes=(\d+)-(\d*)/.exec(response.req.headers.range ?? '');
  const from = range ? Number(range[1]) : 0; const to = range?.[2] ? Number(range[2]) : sound.length - 1;
  response.writeHead(range ? 206 : 200, { 'Content-Type': 'audio/wav', 'Accept-Ranges': 'bytes', 'Content-Length': to - from + 1, ...(range ? { 'Content-Range': `bytes ${from}-${to}/${sound.length}` } : {}), ...(url.searchParams.get('download') ? { 'Content-Disposition': `attachment; filename="${id}.wav"` } : {}) });
  response.end(sound.subarray(from, to + 1));
  return undefined;
}

function control(url) {
  if (url.pathname === '/mock/drop') { deaf = Date.now() + Number(url.searchParams.get('ms') ?? 8000); sockets.forEach((socket) => socket.terminate()); }
  if (url.pathname === '/mock/break') broken.add(url.searchParams.get('path'));
  if (url.pathname === '/mock/mend') broken.clear();
  if (url.pathname === '/mock/call') world.arrive(url.searchParams.get('number') ?? undefined);
}

function page(url, response) {
  const wanted = normalize(join(dist, url.pathname));
  const file = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, 'index.html');
  response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
}
const userOf = (request) => sessions.get(/cordboard_session=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]);

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  const json = (status, body, headers = {}) => { response.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json', ...headers }); response.end(body === undefined ? undefined : JSON.stringify(body)); };
  if (url.pathname.startsWith('/mock/')) { control(url); return json(204); }
  if (!url.pathname.startsWith('/api/')) return page(url, response);
  let text = '';
  for await (const chunk of request) text += chunk;
  const body = text ? JSON.parse(text) : {};
  try {
    if ([...broken].some((path) => url.pathname.startsWith(path))) throw new Problem(503, 'database-away');
    if (request.method !== 'GET' && request.headers['x-requested-with'] !== 'cordboard') throw new Problem(403, 'header-missing');
    if (url.pathname === '/api/session' && request.method === 'POST') {
      const { key, user } = login(body);
      return json(200, { user: publicUser(user), time_zone: 'Asia/Shanghai' }, { 'Set-Cookie': `cordboard_session=${key}; Path=/; HttpOnly; SameSite=Lax` });
    }
    const user = userOf(request);
    if (!user) throw new Problem(401, 'signed-out');
    if (url.pathname === '/api/session') {
      if (request.method === 'PATCH') Object.assign(user, { language: body.language });
      if (request.method !== 'DELETE') return json(200, { user: publicUser(user), time_zone: 'Asia/Shanghai' });
      sessions.forEach((value, key) => { if (value === user) sessions.delete(key); });
      return json(204);
    }
    const answer = await route(request.method, url, body, user, response);
    if (answer === null) return json(204);
    if (answer !== undefined) json(200, answer);
  } catch (error) {
    if (!(error instanceof Problem)) console.error(error);
    json(error.body?.status ?? 500, error.body ?? { status: 500, code: 'internal' });
  }
  return undefined;
});

const live = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  if (Date.now() < deaf || !userOf(request)) return socket.destroy();
  return live.handleUpgrade(request, socket, head, (client) => {
    const snapshot = () => client.send(JSON.stringify({ type: 'snapshot', seq: world.seq, state: world.state, server_now: new Date().toISOString() }));
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('message', (text) => { if (JSON.parse(text).type === 'resync') snapshot(); });
    snapshot();
  });
});
setInterval(() => sockets.forEach((socket) => socket.send(JSON.stringify({ type: 'ping', server_now: new Date().toISOString() }))), 15_000);
server.listen(port, '127.0.0.1', () => console.log(`mock on http://127.0.0.1:${port}  admin/cordboard-admin  chen/cordboard-chen  agent1/cordboard-agent1`));
