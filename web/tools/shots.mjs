/** Looks at pages in Chromium: node tools/shots.mjs OUT [name…]. Needs a server at SERVER (the mock by default). */
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [out = 'shots', ...only] = process.argv.slice(2);
const server = process.env.SERVER ?? 'http://127.0.0.1:8010';
const wide = { width: 1440, height: 900 };
const middle = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const people = { admin: 'cordboard-admin', chen: 'cordboard-chen', agent1: 'cordboard-agent1', novice: 'cordboard-novice' };

/** name, who, address, and what is done before the picture. */
const pages = [
  ['sign-in', null, '/sign-in'], ['password', 'novice', '/password'],
  ['floor', 'chen', '/floor'], ['calls', 'chen', '/calls?period=all'], ['users', 'admin', '/users'],
  ['call', 'chen', 'ended'], ['call-live', 'chen', 'live'], ['desk', 'agent1', '/desk'], ['not-found', 'chen', '/nowhere'],
];
const looks = [
  ['zh-1440', 'zh-CN', 'light', wide], ['en-1440', 'en', 'light', wide], ['zh-dark', 'zh-CN', 'dark', wide], ['en-1280', 'en', 'light', middle],
  ['zh-390', 'zh-CN', 'light', phone], ['en-390', 'en', 'light', phone],
];

mkdirSync(out, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'] });

async function addressOf(page, address) {
  if (address !== 'ended' && address !== 'live') return address;
  return page.evaluate(async (wanted) => {
    const { items } = await (await fetch('/api/calls?limit=200')).json();
    const best = wanted === 'live' ? items.find((one) => !one.ended_at && one.phase === 'talk') ?? items[0] : items.filter((one) => one.ended_at && one.agent_id && one.hold_ms > 0).sort((a, b) => b.total_wait_ms - a.total_wait_ms)[0];
    return `/calls/${best.id}`;
  }, address);
}

for (const [look, language, mode, viewport] of looks) {
  for (const [name, who, address] of pages) {
    const file = `${name}-${look}`;
    if (only.length > 0 && !only.some((wanted) => file.startsWith(wanted))) continue;
    const context = await browser.newContext({ viewport, locale: language });
    await context.addInitScript(([lang, colour]) => localStorage.setItem('cordboard.preferences', JSON.stringify({ state: { language: lang, languageChosen: true, mode: colour }, version: 0 })), [language, mode]);
    const page = await context.newPage();
    page.on('pageerror', (error) => console.log(`${file}: ${error.message}`));
    page.on('console', (message) => { if (message.type() === 'error' && !/401|404/.test(message.text())) console.log(`${file}: ${message.text()}`); });
    if (who) {
      const answer = await context.request.post(`${server}/api/session`, { data: { name: who, password: people[who] }, headers: { 'X-Requested-With': 'cordboard' } });
      if (!answer.ok()) console.log(`${file}: login ${answer.status()}`);
    }
    await page.goto(`${server}/sign-in`);
    const path = who ? await addressOf(page, address) : address;
    await page.goto(server + path);
    await page.waitForTimeout(900);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wider > 0) console.log(`${file}: scrolls sideways by ${wider}`);
    await page.screenshot({ path: `${out}/${file}.png` });
    await context.close();
  }
}
await browser.close();
