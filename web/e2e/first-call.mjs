/**
 * A call from the first ring to its recording, as a supervisor and an agent see it: node e2e/first-call.mjs
 *
 * SERVER      address of a server with demo data and its scripted agent (http://127.0.0.1:8080)
 * RING        command that places a call once the board is open; without it somebody else does, after "READY" is printed
 * CALLER      only a call of this number is watched
 * SUPERVISOR  chen:cordboard-demo     AGENT  limin:cordboard-demo
 * LIMIT_S     58     SHOTS  folder for pictures of a failure     CHROMIUM  /usr/bin/chromium
 */
import { spawn } from 'node:child_process';
import { logIn, must, say, server, walk } from './steps.mjs';

const { RING, CALLER, SUPERVISOR = 'chen:cordboard-demo', AGENT = 'limin:cordboard-demo' } = process.env;
const limitS = Number(process.env.LIMIT_S ?? 58);
const digits = (text) => text.replace(/\D/g, '');

const callsOf = (page) => page.$$eval('.board-calls li', (rows) => rows.map((row) => ({ id: row.dataset.call, phase: row.dataset.phase, text: row.textContent })));

/** The next call that begins; one that was there before the watch began is left alone. */
async function nextCall(board, known) {
  for (;;) {
    const found = (await callsOf(board)).find((one) => !known.has(one.id) && one.phase === 'flow' && (!CALLER || digits(one.text).includes(CALLER)));
    if (found) return found.id;
    await board.waitForTimeout(100);
  }
}

/** The phases of the call in order, until it is gone from the board. */
async function phasesOf(board, id) {
  const phases = [];
  for (;;) {
    const now = (await callsOf(board)).find((one) => one.id === id);
    if (!now) return phases;
    if (phases.at(-1) !== now.phase) {
      phases.push(now.phase);
      say(`board: ${now.phase}`);
    }
    await board.waitForTimeout(100);
  }
}

/** An agent's working day in a few seconds: each button, and the state that the server confirms. */
async function pressButtons(browser) {
  const desk = await logIn(browser, AGENT);
  await desk.goto(`${server}/desk`);
  const stateIs = async (what, ...signs) => {
    await desk.waitForSelector(signs.map((sign) => `button.own-state-${sign}`).join(', '));
    say(`desk: ${what} -> ${await desk.textContent('.own-state-word')}`);
  };
  await desk.waitForSelector('.own-state');
  if (!(await desk.$('.own-state-offline'))) {
    await desk.keyboard.press('Alt+Digit0');
    await stateIs('signed out to begin with', 'offline');
  }
  await desk.keyboard.press('Alt+Digit0');
  await desk.click('.phone-choice button[type=submit]');
  // A call that waits may be offered at once, and fail if no phone is registered there.
  await stateIs('sign in', 'ready', 'ringing', 'busy');
  await desk.keyboard.press('Alt+Digit3');
  await stateIs('away', 'away');
  await desk.locator('.button-row .row-button').nth(2).click();
  await desk.locator('.ant-dropdown:not(.ant-dropdown-hidden) .ant-dropdown-menu-item').nth(1).click();
  await stateIs('not ready, with a reason', 'busy');
  await desk.keyboard.press('Alt+Digit1');
  await stateIs('ready', 'ready', 'ringing');
  await desk.keyboard.press('Alt+Digit0');
  await stateIs('sign out', 'offline');
  must(desk.faults.length === 0, `the desk had faults: ${desk.faults.join('; ')}`);
  await desk.context().close();
}

async function listen(page) {
  const sound = page.waitForResponse((answer) => answer.url().endsWith('/audio'));
  await page.click('.player-play');
  const answer = await sound;
  must([200, 206].includes(answer.status()) && answer.headers()['content-type'] === 'audio/wav', `the sound came as ${answer.status()} ${answer.headers()['content-type']}`);
  await page.waitForFunction(() => /^0:0[1-9]/.test(document.querySelector('.player-time')?.textContent ?? ''));
  say(`recording: plays, ${(await page.textContent('.player-time')).trim()}`);
  await page.click('.player-play');
  must((await page.$$('.wave-box path[d^="M"]')).length >= 2, 'the waveform has no two channels');
}

async function readRecord(page, id) {
  await page.goto(`${server}/calls/${encodeURIComponent(id)}`);
  for (const kind of ['flow', 'ring', 'talk']) {
    await page.waitForSelector(`.segment-${kind}`);
    say(`record: segment ${await page.locator(`.segment-${kind}`).first().getAttribute('aria-label')}`);
  }
  await page.waitForSelector('.player-play');
  must((await page.$$('.key-line')).length >= 3, 'the path of keys is missing');
  say(`record: ${(await page.textContent('#why')).replace(/\s+/g, ' ').slice(0, 60)}`);
  await listen(page);
}

/** To the other language by the menu of the bar, and back. */
async function switchLanguage(page) {
  for (const [name, tag] of [['English', 'en'], ['简体中文', 'zh-CN']]) {
    await page.locator('.bar-tools button').first().click();
    await page.locator('.ant-dropdown:not(.ant-dropdown-hidden)').getByText(name, { exact: true }).click();
    await page.waitForFunction((wanted) => document.documentElement.lang === wanted, tag);
    say(`language: ${await page.textContent('.call-head .t3')}`);
  }
}

await walk('first-call', limitS, async (browser) => {
  const page = await logIn(browser, SUPERVISOR);
  await page.goto(`${server}/floor`);
  await page.waitForSelector('.foot-dot-live');
  const known = new Set((await callsOf(page)).map((one) => one.id));
  say('READY: the board is open and waits for a call');
  if (RING) spawn(RING, { shell: true, stdio: 'ignore' }).unref();
  const id = await nextCall(page, known);
  say(`board: call ${id}`);
  const [phases] = await Promise.all([phasesOf(page, id), pressButtons(browser)]);
  must(phases[0] === 'flow' && phases.some((one) => one === 'queue' || one === 'ring') && phases.includes('talk'), `the board showed ${phases.join(', ')}`);
  say('board: gone');
  await readRecord(page, id);
  await switchLanguage(page);
  must(page.faults.length === 0, `the pages had faults: ${page.faults.join('; ')}`);
});
